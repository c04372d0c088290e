import { hostname } from "node:os";

/** Deliberate faults for canary and chaos demos; every one is off by default. */
export interface Faults {
  /** Percent (0-100) of API requests answered with 500. */
  errorPercent: number;
  /** Milliseconds added to every API request. */
  latencyMs: number;
  /** Seconds from the start of the process until the two above begin; 0 = at once. */
  afterSeconds: number;
  /** Seconds until the process crashes; 0 = never. */
  crashAfterSeconds: number;
  /** Readiness stays 503 for ever. */
  neverReady: boolean;
  /** Percent (0-100) of worker attempts that fail. */
  jobErrorPercent: number;
  /** Milliseconds added to every worker job. */
  jobLatencyMs: number;
}

/** Who this process is, as the operator says; answered by /api/release. */
export interface Identity {
  app: string;
  component: string;
  release: string;
  track: string;
  pod: string;
}

/** Everything the app reads from its environment. */
export interface Config {
  port: number;
  databaseUrl: string;
  replicaUrls: string[];
  cacheUrl: string | undefined;
  queueUrl: string | undefined;
  logLevel: string;
  identity: Identity;
  faults: Faults;
}

/** An environment: names to values. */
export type Environment = Record<string, string | undefined>;

/** Reads the environment contract; throws with the variable's name when one is missing or malformed. */
export function loadConfig(env: Environment): Config {
  return {
    port: readNumber(env, "PORT", { fallback: 8080, max: 65_535 }),
    databaseUrl: requireVariable(env, "DATABASE_URL"),
    replicaUrls: splitUrls(env.DATABASE_REPLICA_URLS),
    cacheUrl: env.REDIS_CACHE_URL || undefined,
    queueUrl: env.REDIS_QUEUE_URL || undefined,
    logLevel: env.LOG_LEVEL || "info",
    identity: readIdentity(env),
    faults: readFaults(env),
  };
}

/** Reads who this process is; every part has a default so that the app also runs without the operator. */
export function readIdentity(env: Environment): Identity {
  return {
    app: env.SCALABLEAPP_NAME || "storefront",
    component: env.SCALABLEAPP_COMPONENT || "web",
    release: env.SCALABLEAPP_RELEASE || "none",
    track: env.SCALABLEAPP_TRACK || "stable",
    pod: hostname(),
  };
}

/** Returns a variable that must be set; throws a message that names it. */
export function requireVariable(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set: give this container the URL in the environment variable ${name}`);
  return value;
}

function readFaults(env: Environment): Faults {
  return {
    errorPercent: readNumber(env, "FAULT_ERROR_PERCENT", { fallback: 0, max: 100 }),
    latencyMs: readNumber(env, "FAULT_LATENCY_MS", { fallback: 0, max: 60_000 }),
    afterSeconds: readNumber(env, "FAULT_AFTER_SECONDS", { fallback: 0, max: 86_400 }),
    crashAfterSeconds: readNumber(env, "FAULT_CRASH_AFTER_SECONDS", { fallback: 0, max: 86_400 }),
    neverReady: env.FAULT_NEVER_READY === "1" || env.FAULT_NEVER_READY === "true",
    jobErrorPercent: readNumber(env, "FAULT_JOB_ERROR_PERCENT", { fallback: 0, max: 100 }),
    jobLatencyMs: readNumber(env, "FAULT_JOB_LATENCY_MS", { fallback: 0, max: 600_000 }),
  };
}

function readNumber(env: Environment, name: string, { fallback, max }: { fallback: number; max: number }): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0 || value > max) throw new Error(`${name} is "${text}": set it to a number from 0 to ${max}`);
  return value;
}

// A Postgres URL may hold commas itself (several hosts), so only a comma before a scheme separates.
function splitUrls(list: string | undefined): string[] {
  return (list ?? "")
    .split(/[,\s]+(?=postgres(?:ql)?:)/)
    .map((url) => url.trim())
    .filter((url) => url !== "");
}
