import { expect, test } from "vitest";
import { childOf, childrenOf, containerOf, podSpecOf } from "../../testing/rendered.ts";

const migration = { command: ["node", "migrate.js"], args: ["--all"], deadlineSeconds: 300 };

test("each release has a Job of its own, which stays to be looked at", () => {
  const { object, wave } = childOf({ migration }, "migration/job");
  expect(wave).toBe(1);
  expect(object).toMatchObject({
    metadata: { name: "shop-migrate-0a1b2c3d4e", labels: { "scalableapp.dev/release": "0a1b2c3d4e" } },
    spec: { backoffLimit: 0, activeDeadlineSeconds: 300, podReplacementPolicy: "Failed" },
  });
  expect(object).not.toHaveProperty("spec.ttlSecondsAfterFinished");
  expect(podSpecOf(object)).toMatchObject({ restartPolicy: "Never" });
  expect(containerOf(object)).toMatchObject({ image: "ghcr.io/acme/shop:1", command: ["node", "migrate.js"], args: ["--all"] });
});

test("a contract migration has the deadline, the retries and the resources of the migration, and arguments of its own", () => {
  const contract = { command: ["node", "contract.js"] };
  const spec = { migration: { ...migration, retries: 3, resources: { requests: { memory: "256Mi" } }, contract } };
  const { object, wave, podBearing } = childOf(spec, "migration/contract-job");
  expect({ wave, podBearing }).toEqual({ wave: 2, podBearing: false });
  expect(object).toMatchObject({
    metadata: {
      name: "shop-contract-0a1b2c3d4e",
      labels: { "scalableapp.dev/release": "0a1b2c3d4e", "app.kubernetes.io/component": "contract" },
    },
    spec: { backoffLimit: 3, activeDeadlineSeconds: 300 },
  });
  expect(containerOf(object)).toMatchObject({ command: ["node", "contract.js"], resources: { requests: { memory: "256Mi" } } });
  expect(containerOf(object)).not.toHaveProperty("args");
  expect(childrenOf({ migration }).map(({ role }) => role)).not.toContain("migration/contract-job");
});

test("an app without a migration has no Job", () => {
  expect(childrenOf({}).map(({ role }) => role)).not.toContain("migration/job");
});
