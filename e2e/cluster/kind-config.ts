import { stringify } from "yaml";
import { addressPlan } from "./address-plan.ts";
import { nodeImageFolder } from "./node-images.ts";

/** What a cluster's kind configuration depends on. */
export type KindConfig = {
  /** Nodes in all, the control plane among them; at least 1. */
  readonly nodes: number;
  /** True for the node image built here, which has no CNI of kind's. */
  readonly ownNodeImage: boolean;
  /** The folder of image archives, which the nodes see read-only. */
  readonly imageFolder: string;
};

/** Renders kind's configuration file: one control plane, the rest workers. */
export function kindConfig({ nodes, ownNodeImage, imageFolder }: KindConfig): string {
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 20) throw new Error(`--nodes ${nodes}: give a number from 1 to 20`);
  const extraMounts = [{ hostPath: imageFolder, containerPath: nodeImageFolder, readOnly: true }];
  const kubelet = {
    kind: "KubeletConfiguration",
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    // this kubelet would refuse to start on a machine that has no cgroup v2
    ...(ownNodeImage ? { failCgroupV1: false } : {}),
  };
  const proxy = {
    kind: "KubeProxyConfiguration",
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    // A pod that is gone never ends its half of a connection. The kernel remembers such ones for an hour by default, and swallows every new
    // connection from the same port: under load soon one of three.
    conntrack: { tcpCloseWaitTimeout: "10s" },
  };
  const controllers = {
    kind: "ClusterConfiguration",
    apiVersion: "kubeadm.k8s.io/v1beta4",
    // Default: 15s. Stories that wait for an autoscaler wait less.
    controllerManager: { extraArgs: [{ name: "horizontal-pod-autoscaler-sync-period", value: "2s" }] },
  };
  return stringify({
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: {
      disableDefaultCNI: ownNodeImage,
      podSubnet: addressPlan.pods,
      serviceSubnet: addressPlan.services,
      kubeProxyMode: ownNodeImage ? "nftables" : "iptables",
    },
    nodes: Array.from({ length: nodes }, (_, index) => ({ role: index === 0 ? "control-plane" : "worker", extraMounts })),
    kubeadmConfigPatches: [kubelet, proxy, ...(ownNodeImage ? [controllers] : [])].map((patch) => stringify(patch)),
  });
}
