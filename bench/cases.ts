import type { Variable } from "./contender.ts";

/** A release to be measured. */
export interface Case {
  /** What `node bench/detection.ts ID...` chooses it by. */
  readonly id: string;
  readonly what: string;
  readonly env: readonly Variable[];
  /** Argo Rollouts judges what its pods report to Kubernetes; 5xx and latency only with a metrics server and an AnalysisTemplate. */
  readonly contenders: readonly ("ours" | "aborting" | "byDefault")[];
  /** Where requests are judged: how long one takes, in seconds. */
  readonly requestSeconds?: number;
}

/** Every release that is measured, in this order. */
export const cases: readonly Case[] = [
  { id: "promote", what: "nothing wrong", env: [], contenders: ["ours", "aborting"] },
  {
    id: "errors",
    what: "20 % of answers are 5xx",
    env: [{ name: "FAULT_ERROR_PERCENT", value: "20" }],
    contenders: ["ours"],
    requestSeconds: 0,
  },
  {
    id: "slow",
    what: "each answer takes 2.5 s",
    env: [{ name: "FAULT_LATENCY_MS", value: "2500" }],
    contenders: ["ours"],
    requestSeconds: 2.5,
  },
  {
    id: "start",
    what: "crashes at its start",
    env: [{ name: "FAULT_CRASH_AFTER_SECONDS", value: "0.2" }],
    contenders: ["ours", "aborting"],
  },
  {
    id: "crash",
    what: "crashes after 6 s, again and again",
    env: [{ name: "FAULT_CRASH_AFTER_SECONDS", value: "6" }],
    contenders: ["ours", "aborting"],
  },
  {
    id: "unready",
    what: "never becomes ready",
    env: [{ name: "FAULT_NEVER_READY", value: "1" }],
    contenders: ["ours", "aborting", "byDefault"],
  },
  { id: "migration", what: "its migration fails", env: [{ name: "FAULT_MIGRATION", value: "fail" }], contenders: ["ours"] },
];
