import { expect, test } from "vitest";
import { simulatedNode } from "./addons.ts";
import { readNodes } from "./cluster-nodes.ts";

test("nodes that run pods are read with their addresses; simulated ones are left out", () => {
  const worker = {
    metadata: { name: "worker", labels: {} },
    spec: { podCIDR: "198.19.1.0/24" },
    status: {
      addresses: [
        { type: "Hostname", address: "worker" },
        { type: "InternalIP", address: "198.18.200.3" },
      ],
      conditions: [{ type: "Ready", status: "True" }],
    },
  };
  const fresh = { metadata: { name: "fresh" }, spec: {}, status: {} };
  expect(readNodes(JSON.stringify({ items: [worker, fresh, simulatedNode(0)] }))).toEqual([
    { name: "worker", address: "198.18.200.3", podCidr: "198.19.1.0/24", ready: true },
    { name: "fresh", address: "", podCidr: "", ready: false },
  ]);
});
