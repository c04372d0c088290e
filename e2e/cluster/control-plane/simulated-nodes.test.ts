import { expect, test } from "vitest";
import { renderSimulatedNodes } from "./simulated-nodes.ts";

test("simulated nodes have a host name each and zones in turn", () => {
  const nodes = renderSimulatedNodes(4);
  expect(nodes).toHaveLength(4);
  expect(nodes[0]).toMatchObject({
    kind: "Node",
    metadata: { name: "simulated-1", labels: { "kubernetes.io/hostname": "simulated-1", "topology.kubernetes.io/zone": "zone-1" } },
  });
  expect(nodes[3]).toMatchObject({ metadata: { name: "simulated-4", labels: { "topology.kubernetes.io/zone": "zone-1" } } });
});
