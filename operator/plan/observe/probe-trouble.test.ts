import { expect, test } from "vitest";
import type { ProbeAnswer } from "./probe-answers.ts";
import { describeProbeAnswer } from "./probe-trouble.ts";

const ready = { probe: "readinessProbe", port: 8080, path: "/ready", host: undefined, timeoutSeconds: 3 } as const;
const live = { ...ready, probe: "livenessProbe", path: "/live" } as const;

test.each<readonly [string, ProbeAnswer, string]>([
  ["web", { ...ready, outcome: 404 }, "readiness answers 404 at /ready: set web.health.ready to a path that answers 200"],
  ["web", { ...live, outcome: 404 }, "liveness answers 404 at /live: set web.health.live to a path that answers 200"],
  [
    "web",
    { ...ready, outcome: 400 },
    "readiness answers 400 at /ready: the app may want another Host header than the address of the pod: set web.health.host or routing.hosts",
  ],
  [
    "worker-hooks",
    { ...ready, host: "a.example.com", outcome: 403 },
    "readiness answers 403 at /ready: the path must answer without a login, and the app may want another Host header than a.example.com: set workers[hooks].health.ready, workers[hooks].health.host or routing.hosts",
  ],
  [
    "web",
    { ...ready, outcome: 503 },
    "readiness answers 503 at /ready: the app says that it is not ready; its log says why, or set web.health.ready to another path",
  ],
  [
    "web",
    { ...live, probe: "startupProbe", outcome: 500 },
    "startup answers 500 at /live: the app says that it does not work; its log says why, or set web.health.live to another path",
  ],
  [
    "worker-hooks",
    { ...ready, path: undefined, outcome: "refused" },
    "readiness finds that nothing listens on port 8080: set workers[hooks].port, or let the app listen on the port in PORT, on all addresses (not on 127.0.0.1 alone)",
  ],
  [
    "web",
    { ...ready, outcome: { failure: "no answer within 3000 ms" } },
    "readiness gets no good answer at /ready, port 8080 (no answer within 3000 ms): check web.health.ready and web.port, and read the log of the app",
  ],
])("of %s: %o", (component, answer, expected) => {
  expect(describeProbeAnswer(component, answer)).toBe(expected);
});
