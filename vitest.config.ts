import { defineConfig } from "vitest/config";

/** Stories on the real cluster, which all of them share. */
const onCluster = {
  globalSetup: ["e2e/e2e-setup.ts"],
  setupFiles: ["e2e/scenario/report-failure.ts"],
  testTimeout: 600_000,
  hookTimeout: 900_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "operator/**/*.test.ts",
            "e2e/cluster/**/*.test.ts",
            "tools/**/*.test.ts",
            "bench/**/*.test.ts",
            "examples/storefront/**/*.test.ts",
          ],
          exclude: ["**/node_modules/**"],
          // Not a measure of speed: some tables take seconds of CPU, and a machine may be busy.
          testTimeout: 60_000,
          // Not one less than there are processors, the default: there are two.
          maxWorkers: "100%",
        },
      },
      {
        test: {
          name: "integration",
          include: ["operator/**/*.integration.ts", "e2e/cluster/**/*.integration.ts", "tools/**/*.integration.ts"],
          globalSetup: ["e2e/integration-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A third of their time is waiting.
          maxWorkers: 3,
        },
      },
      {
        // Stories that leave each other alone: three at a time, for most of each is waiting.
        test: { ...onCluster, name: "e2e", include: ["e2e/*.e2e.ts"], maxWorkers: 3, sequence: { groupOrder: 0 } },
      },
      {
        // Stories that kill or reinstall the operator, drain nodes or restart their parts: one at a time, after the others.
        test: {
          ...onCluster,
          name: "e2e-disruptive",
          include: ["e2e/disruptive/*.e2e.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Argo CD itself, which is built once: make e2e-gitops.
        test: {
          name: "gitops",
          include: ["e2e/gitops/*.gitops.ts"],
          testTimeout: 300_000,
          // Argo CD may have to be built first.
          hookTimeout: 1_800_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
