import { defineConfig } from "vitest/config";

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
        },
      },
      {
        test: {
          name: "integration",
          include: ["operator/**/*.integration.ts", "e2e/cluster/**/*.integration.ts", "tools/**/*.integration.ts"],
          globalSetup: ["e2e/integration-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.e2e.ts"],
          globalSetup: ["e2e/e2e-setup.ts"],
          setupFiles: ["e2e/scenario/report-failure.ts"],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
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
          fileParallelism: false,
        },
      },
    ],
  },
});
