import { expect, test } from "vitest";
import { childOf, podSpecOf } from "../../testing/rendered.ts";
import { spotAffinity, spotTolerations, spreadConstraints } from "./scheduling.ts";

test("pods are spread over what the spec names, each release for itself, and a drained node does not count", () => {
  const shared = {
    maxSkew: 1,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { a: "b" } },
    matchLabelKeys: ["pod-template-hash"],
    nodeTaintsPolicy: "Honor",
  };
  expect(spreadConstraints(["hosts", "zones"], { a: "b" })).toEqual([
    { topologyKey: "kubernetes.io/hostname", ...shared },
    { topologyKey: "topology.kubernetes.io/zone", ...shared },
  ]);
  expect(spreadConstraints([], { a: "b" })).toEqual([]);
});

test("pods of Jobs are not spread: they have no such hash", () => {
  const schedules = [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }];
  expect(podSpecOf(childOf({ stage: "growth", schedules }, "schedule-report/cron-job").object)).not.toHaveProperty(
    "topologySpreadConstraints",
  );
});

test("a worker may run on spot nodes and prefers them, the web never does", () => {
  const tolerations = [{ key: "dedicated", operator: "Exists" }];
  const spec = { workers: [{ name: "orders", command: ["work"], spot: true }], scheduling: { tolerations } };
  const worker = podSpecOf(childOf(spec, "worker-orders/deployment").object);
  expect(worker).toMatchObject({ tolerations: [...tolerations, ...spotTolerations()], affinity: spotAffinity() });
  expect(worker["affinity"]).not.toHaveProperty("nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
  const web = podSpecOf(childOf(spec, "web/deployment").object);
  expect(web).not.toHaveProperty("affinity");
  expect(web["tolerations"]).toEqual(tolerations);
});
