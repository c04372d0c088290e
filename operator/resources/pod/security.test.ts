import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { childOf, childrenOf, containerOf, database, listOf, podSpecOf, treeAt } from "../../testing/rendered.ts";

const everything = {
  stage: "steady",
  postgres: database,
  workers: [{ name: "orders", command: ["work"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }],
  migration: { command: ["node", "migrate.js"] },
  sidecars: [{ name: "agent", image: "agent:1" }],
  initContainers: [{ name: "warm", image: "warm:1" }],
};
const workloads = childrenOf(everything).filter(({ object }) => ["Deployment", "StatefulSet", "Job", "CronJob"].includes(object.kind));

test("all kinds of pods are looked at", () => {
  expect(workloads.map(({ role }) => role)).toEqual([
    "redis-cache/deployment",
    "redis-queue/stateful-set",
    "migration/job",
    "web/deployment",
    "worker-orders/deployment",
    "schedule-report/cron-job",
  ]);
});

// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
describe.each(workloads.map(({ role, object }) => [role, object] as const))("%s is restricted:", (_, object) => {
  const pod = podSpecOf(object);
  const containers = [...listOf(pod["initContainers"]), ...listOf(pod["containers"])];

  test("it runs as a user that is not root, by number, with the runtime's system call filter", () => {
    const security = treeAt(pod, "securityContext");
    expect(security).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(security["runAsUser"]).toBeGreaterThan(0);
    expect(security["runAsGroup"]).toBeGreaterThan(0);
  });

  test("no container may gain a privilege or write to its root file system", () => {
    for (const container of containers) {
      const security: Tree = treeAt(container, "securityContext");
      expect(security).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
      expect(security["runAsUser"] ?? 1).toBeGreaterThan(0);
      expect(security).not.toHaveProperty("privileged");
    }
  });

  test("it has no token and nothing of the host", () => {
    expect(pod["automountServiceAccountToken"]).toBe(false);
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) expect(pod).not.toHaveProperty(field);
    for (const volume of listOf(pod["volumes"])) expect(volume).not.toHaveProperty("hostPath");
  });

  test("every container of ours says what it needs", () => {
    for (const container of containers.filter(({ name }) => name !== "agent" && name !== "warm")) {
      expect(treeAt(container, "resources", "requests")).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
    }
  });
});

test("what the user loosens is loosened for the user's containers, and not for ours", () => {
  const podSecurity = { runAsUser: 0, readOnlyRootFilesystem: false };
  const { object } = childOf({ ...everything, podSecurity }, "web/deployment");
  expect(podSpecOf(object)["securityContext"]).toMatchObject({ runAsUser: 0, runAsNonRoot: false });
  expect(containerOf(object)["securityContext"]).toMatchObject({ readOnlyRootFilesystem: false, allowPrivilegeEscalation: false });
  expect(containerOf(object, "pgbouncer")["securityContext"]).toMatchObject({ readOnlyRootFilesystem: true, runAsUser: 70 });
});
