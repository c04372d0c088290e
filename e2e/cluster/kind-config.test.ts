import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { kindConfig } from "./kind-config.ts";

const imageFolder = "/cache/images";
const extraMounts = [{ hostPath: imageFolder, containerPath: "/image-cache", readOnly: true }];

describe("kind's configuration", () => {
  test("has one control plane and workers, on the addresses of the plan", () => {
    const config = parse(kindConfig({ nodes: 3, ownNodeImage: true, imageFolder })) as { nodes: unknown; networking: unknown };
    expect(config.nodes).toEqual([
      { role: "control-plane", extraMounts },
      { role: "worker", extraMounts },
      { role: "worker", extraMounts },
    ]);
    expect(config.networking).toEqual({
      disableDefaultCNI: true,
      podSubnet: "198.19.0.0/16",
      serviceSubnet: "198.18.0.0/17",
      kubeProxyMode: "nftables",
    });
  });

  test("lets the kubelet start under cgroup v1 only on the node image built here", () => {
    expect(kindConfig({ nodes: 1, ownNodeImage: true, imageFolder })).toContain("failCgroupV1: false");
    expect(kindConfig({ nodes: 1, ownNodeImage: false, imageFolder })).not.toContain("failCgroupV1");
    expect(parse(kindConfig({ nodes: 1, ownNodeImage: false, imageFolder }))).toMatchObject({ networking: { disableDefaultCNI: false } });
  });

  test.each([0, 1.5, 21, Number.NaN])("refuses %s nodes", (nodes) => {
    expect(() => kindConfig({ nodes, ownNodeImage: true, imageFolder })).toThrow(/from 1 to 20/);
  });
});
