import type { ReleaseStatus, ScalableAppStatus } from "../api/status.ts";
import type { KubeObject } from "../base/object.ts";

/** The moment at which the examples are looked at: 2026-11-21T12:00:00Z. */
export const lookedAt = Date.UTC(2026, 10, 21, 12);

/** A ScalableApp as the API server would answer it. */
export function appObject(status: ScalableAppStatus | undefined, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: "scalableapp.dev/v1alpha1",
    kind: "ScalableApp",
    metadata: { name: "shop", namespace: "retail", uid: "u", generation: 4, ...metadata },
    spec: { image: "ghcr.io/acme/shop:1.5.0", rollout: { strategy: "canary" }, ...spec },
    ...(status && { status }),
  };
}

/** A status that speaks of generation 4. */
export function statusWith(release: ReleaseStatus, more: Partial<ScalableAppStatus> = {}): ScalableAppStatus {
  const ready = {
    type: "Ready",
    status: "True",
    reason: "Available",
    message: "",
    observedGeneration: 4,
    lastTransitionTime: at("11:00:00"),
  } as const;
  return { observedGeneration: 4, conditions: [ready], release, ...more };
}

/** A time of that day. */
export function at(time: string): string {
  return `2026-11-21T${time}Z`;
}

/** A release that serves all users. */
export const stable: ReleaseStatus = {
  phase: "Stable",
  stable: "91be0a1b2c",
  previous: "0d0d0d0d0d",
  message: "release 91be0a1b2c serves all users",
  startedAt: at("09:00:00"),
  phaseStartedAt: at("09:10:00"),
};

/** A canary that waits at a gate, with figures. */
export const atGate: ReleaseStatus = {
  phase: "Canary",
  strategy: "canary",
  stable: "91be0a1b2c",
  candidate: "5a0c9f8e7d",
  previous: "0d0d0d0d0d",
  step: 1,
  weight: 25,
  message:
    "release 5a0c9f8e7d gets 25 % of the requests (step 2 of 3): web-canary 1 of 1 pods ready; waits for the promote, skip-step or resume request",
  startedAt: at("11:50:00"),
  phaseStartedAt: at("11:52:00"),
  stepStartedAt: at("11:55:00"),
  pause: { reason: "Step", since: at("11:56:48") },
  analysis: [
    { name: "errorRate", result: "pass", value: 0.12345, limit: 1, message: "error rate 0.12 % of 812 requests is within 1 %" },
    { name: "latencyP99", result: "fail", value: 2400, limit: 2000, message: "p99 latency 2400 ms is above 2000 ms", dryRun: true },
    { name: "checkout", result: "inconclusive", limit: 0.5, message: "the query\n gave nothing" },
  ],
};

/** A release that failed and is quarantined. */
export const quarantined: ScalableAppStatus = {
  observedGeneration: 4,
  conditions: (["Ready", "Stalled"] as const).map((type) => ({
    type,
    status: type === "Ready" ? "False" : "True",
    reason: "ReleaseQuarantined",
    message:
      "release 5a0c9f8e7d of the spec is quarantined: error rate 20 % of 400 requests is above 1 %. Release 91be0a1b2c serves all users. Change the spec (fix forward), or use the retry request",
    observedGeneration: 4,
    lastTransitionTime: at("11:00:00"),
  })),
  release: {
    ...stable,
    phase: "Failed",
    message:
      "release 5a0c9f8e7d of the spec is quarantined: error rate 20 % of 400 requests is above 1 %. Release 91be0a1b2c serves all users. Change the spec (fix forward), or use the retry request",
    phaseStartedAt: at("11:58:00"),
  },
  quarantined: [{ release: "5a0c9f8e7d", reason: "error rate 20 % of 400 requests is above 1 %", at: at("11:57:55") }],
  components: [{ name: "web", desired: 3, replicas: 3, ready: 3, updated: 3 }],
};
