import { describe, expect, test } from "vitest";
import { conflist, layPodNetwork, ownRoutes, podRoutes } from "./pod-network.ts";

const nodes = [
  { name: "control-plane", address: "198.18.200.2", podCidr: "198.19.0.0/24" },
  { name: "worker", address: "198.18.200.3", podCidr: "198.19.1.0/24" },
];

describe("the pod network", () => {
  test("gives a node's pods addresses of its own range, without masquerading, and host ports", () => {
    const { plugins } = JSON.parse(conflist("198.19.1.0/24")) as {
      plugins: { type: string; ipMasq?: boolean; ipam?: { ranges: unknown } }[];
    };
    expect(plugins.map(({ type }) => type)).toEqual(["ptp", "portmap"]);
    expect(plugins[0]).toMatchObject({ ipMasq: false, ipam: { ranges: [[{ subnet: "198.19.1.0/24" }]] } });
  });

  test("routes a node to the pods of the others and the host to all", () => {
    expect(podRoutes(nodes, "worker")).toEqual([["route", "replace", "198.19.0.0/24", "via", "198.18.200.2"]]);
    expect(podRoutes(nodes)).toHaveLength(2);
  });

  test("lays the routes before the configuration that lets pods start", async () => {
    const said: string[] = [];
    await layPodNetwork(nodes, async (node, command, input) => {
      said.push(node);
      const script = command.at(-1) ?? "";
      expect(script.indexOf("ip route replace")).toBeLessThan(script.indexOf("10-pods.conflist"));
      expect(input).toContain(node === "worker" ? "198.19.1.0/24" : "198.19.0.0/24");
      return "";
    });
    expect(said).toEqual(["control-plane", "worker"]);
  });

  test("knows its own routes among the host's", () => {
    const printed = JSON.stringify([
      { dst: "default", gateway: "192.0.2.1" },
      { dst: "198.19.1.0/24", gateway: "198.18.200.3" },
      { dst: "198.19.2.0/24", gateway: "192.0.2.1" },
      { dst: "198.18.200.0/24", dev: "podman1" },
      { dst: "10.0.0.0/8", gateway: "198.18.200.3" },
    ]);
    expect(ownRoutes(printed)).toEqual(["198.19.1.0/24"]);
    expect(ownRoutes("")).toEqual([]);
  });
});
