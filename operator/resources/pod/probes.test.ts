import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { appOf } from "../../testing/rendered.ts";
import { webProbes, workerProbes } from "./probes.ts";

test("by HTTP: alive or restarted, ready or out of the Service, and time to start", () => {
  const { web } = appOf({ web: { health: { live: "/live", ready: "/ready", startupSeconds: 45 } } }).spec;
  expect(webProbes(web, undefined)).toEqual({
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
    const { startupProbe } = webProbes(appOf({ web: { health: { startupSeconds } } }).spec.web, undefined);
    expect((startupProbe.periodSeconds ?? 0) * (startupProbe.failureThreshold ?? 0)).toBeGreaterThanOrEqual(startupSeconds);
  }
});

test("by the gRPC health service where the app speaks gRPC", () => {
  const probes = webProbes(appOf({ web: { protocol: "grpc", port: 50_051 } }).spec.web, undefined);
  for (const probe of Object.values(probes)) {
    expect(probe).toHaveProperty("grpc", { port: 50_051 });
    expect(probe).not.toHaveProperty("httpGet");
  }
});

const routing = { hosts: ["*.example.com", "shop.example.com"], gateway: { name: "public" } };
const hostHeader = (value: string) => [{ name: "Host", value }];

/** The readiness question of the web component of a spec. */
function asked(spec: Tree) {
  const { web, routing: route } = appOf(spec).spec;
  return webProbes(web, route).readinessProbe;
}

describe("under a host name, because many frameworks answer to no other", () => {
  test("the first that is no pattern", () => {
    expect(asked({ routing })).toHaveProperty("httpGet.httpHeaders", hostHeader("shop.example.com"));
  });

  test("or the one that health names", () => {
    expect(asked({ routing, web: { health: { host: "internal" } } })).toHaveProperty("httpGet.httpHeaders", hostHeader("internal"));
  });

  test("or none", () => {
    expect(asked({})).not.toHaveProperty("httpGet.httpHeaders");
  });
});

test.each<[string, Tree, Tree]>([
  ["a connection", { type: "tcp" }, { tcpSocket: { port: "http" } }],
  ["a command", { type: "exec", command: ["check"] }, { exec: { command: ["check"] } }],
  ["a command where the app speaks gRPC", { type: "exec", command: ["check"] }, { exec: { command: ["check"] } }],
])("by %s", (title, health, question) => {
  expect(asked({ web: { health, ...(title.includes("gRPC") && { protocol: "grpc" }) } })).toEqual({
    ...question,
    periodSeconds: 5,
    failureThreshold: 3,
    successThreshold: 1,
    timeoutSeconds: 3,
  });
});

test("as often and as patiently as the spec says", () => {
  const { web } = appOf({ web: { health: { periodSeconds: 30, timeoutSeconds: 9 } } }).spec;
  const { startupProbe, readinessProbe, livenessProbe } = webProbes(web, undefined);
  expect(readinessProbe).toMatchObject({ periodSeconds: 30, timeoutSeconds: 9 });
  expect(livenessProbe).toMatchObject({ periodSeconds: 30, timeoutSeconds: 9 });
  expect(startupProbe).toMatchObject({ periodSeconds: 2, timeoutSeconds: 9 });
});

describe("a worker is asked", () => {
  const ofWorker = (fields: Tree, more: Tree = {}) => {
    const { workers, routing: route } = appOf({ workers: [{ name: "api", command: ["work"], ...fields }], ...more }).spec;
    return workers.map((worker) => workerProbes(worker, route))[0];
  };

  test("not at all where nothing is known of it", () => {
    expect(ofWorker({})).toBeUndefined();
  });

  test("for a connection where it has a port", () => {
    expect(ofWorker({ port: 4000 })).toMatchObject({ livenessProbe: { tcpSocket: { port: "http" } } });
  });

  test("at the one path that is given, with the Host header", () => {
    const probes = ofWorker({ port: 4000, health: { live: "/health" } }, { routing });
    const httpGet = { path: "/health", port: "http", httpHeaders: hostHeader("shop.example.com") };
    expect(probes).toMatchObject({ readinessProbe: { httpGet }, livenessProbe: { httpGet }, startupProbe: { httpGet } });
  });

  test("at two paths", () => {
    const probes = ofWorker({ port: 4000, health: { live: "/live", ready: "/ready" } });
    expect(probes).toMatchObject({ readinessProbe: { httpGet: { path: "/ready" } }, livenessProbe: { httpGet: { path: "/live" } } });
  });

  test("by a command without a port", () => {
    const command = ["celery", "inspect", "ping"];
    expect(ofWorker({ health: { type: "exec", command } })).toMatchObject({ livenessProbe: { exec: { command } } });
  });
});
