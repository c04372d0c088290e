import { expect, test } from "vitest";
import { appOf } from "../../testing/rendered.ts";
import { webProbes } from "./probes.ts";

test("by HTTP: alive or restarted, ready or out of the Service, and time to start", () => {
  const { web } = appOf({ web: { health: { live: "/live", ready: "/ready", startupSeconds: 45 } } }).spec;
  expect(webProbes(web)).toEqual({
    startupProbe: { httpGet: { path: "/live", port: "http" }, periodSeconds: 2, failureThreshold: 23, timeoutSeconds: 3 },
    readinessProbe: {
      httpGet: { path: "/ready", port: "http" },
      periodSeconds: 5,
      failureThreshold: 3,
      successThreshold: 1,
      timeoutSeconds: 3,
    },
    livenessProbe: { httpGet: { path: "/live", port: "http" }, periodSeconds: 10, failureThreshold: 3, timeoutSeconds: 3 },
  });
});

test("the startup probe waits at least as long as the spec says", () => {
  for (const startupSeconds of [1, 2, 3, 59, 60, 3600]) {
    const { startupProbe } = webProbes(appOf({ web: { health: { startupSeconds } } }).spec.web);
    expect((startupProbe.periodSeconds ?? 0) * (startupProbe.failureThreshold ?? 0)).toBeGreaterThanOrEqual(startupSeconds);
  }
});

test("by the gRPC health service where the app speaks gRPC", () => {
  const probes = webProbes(appOf({ web: { protocol: "grpc", port: 50_051 } }).spec.web);
  for (const probe of Object.values(probes)) {
    expect(probe).toHaveProperty("grpc", { port: 50_051 });
    expect(probe).not.toHaveProperty("httpGet");
  }
});
