import { readFile } from "node:fs/promises";
import { Pool } from "undici";
import type { Dispatcher } from "undici";
import { z } from "zod";
import { describeFailure, ExchangeError, readBounded } from "./exchange.ts";
import type { QueryOutcome } from "../measurement/measurement.ts";
import type { PrometheusSource } from "../measurement/sampling-job.ts";

/** One series of a vector; its value may be NaN or infinite. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a query for many series yields. */
export type VectorOutcome =
  { readonly state: "vector"; readonly series: readonly Series[] } | { readonly state: "error"; readonly reason: string };

/** Asks one Prometheus. */
export interface Prometheus {
  /** Evaluates an expression now; it never rejects. */
  query(promql: string, signal?: AbortSignal): Promise<QueryOutcome>;
  /** Evaluates an expression of many series now; it never rejects. */
  vector(promql: string, signal?: AbortSignal): Promise<VectorOutcome>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** Bounds of a client. */
export interface PrometheusOptions {
  /** For one query. Default: 5,000 ms. */
  readonly timeoutMs?: number;
  /** Size of one answer. Default: 4 MiB, enough for the buckets of 130 pods. */
  readonly maxBytes?: number;
}

const CONNECTIONS = 4;
const MAX_REASON_LENGTH = 300;

const sampleSchema = z.tuple([z.number(), z.string()]);
const dataSchema = z.union([
  z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()).default({}), value: sampleSchema.optional() })),
  }),
  z.object({ resultType: z.literal("scalar"), result: sampleSchema }),
  z.object({ resultType: z.enum(["matrix", "string"]) }),
]);
const answerSchema = z.union([
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
  z.object({ status: z.literal("success"), data: dataSchema }),
]);

type Answer = z.output<typeof dataSchema>;
type Failure = QueryOutcome & VectorOutcome & { readonly state: "error" };

/** Prometheus cannot evaluate the expression, now or ever: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview. */
class RefusedQueryError extends ExchangeError {}

/** Makes a client of the instant query API; the first query connects. */
export function createPrometheus(source: PrometheusSource, options: PrometheusOptions = {}): Prometheus {
  const { timeoutMs = 5000, maxBytes = 4 * 1024 * 1024 } = options;
  const base = new URL(source.url);
  const pool = new Pool(base.origin, { connections: CONNECTIONS, pipelining: 1, connect: { timeout: timeoutMs } });
  const path = `${base.pathname.replace(/\/+$/, "")}/api/v1/query`;

  async function ask(promql: string, signal: AbortSignal): Promise<Answer> {
    const authorization = await authorizationOf(source);
    const response = await pool.request({
      method: "POST",
      path,
      signal,
      headers: {
        accept: "application/json",
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "scalable-app",
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: new URLSearchParams({ query: promql, timeout: `${timeoutMs}ms` }).toString(),
    });
    return readAnswer(response.statusCode, await readBounded(response.body, maxBytes));
  }

  async function evaluate<T>(promql: string, read: (answer: Answer) => T, signal: AbortSignal | undefined): Promise<T | Failure> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return read(await ask(promql, signal === undefined ? deadline : AbortSignal.any([deadline, signal])));
    } catch (error) {
      const reason = signal?.aborted === true ? "the query was called off" : describeFailure(error, deadline, timeoutMs);
      const isRefused = error instanceof RefusedQueryError && { isRefused: true as const };
      return { state: "error", reason: `Prometheus at ${base.host}: ${reason}`, ...isRefused };
    }
  }

  return {
    query: (promql, signal) => evaluate(promql, readNumber, signal),
    vector: (promql, signal) => evaluate(promql, readVector, signal),
    close: () => pool.destroy(),
  };
}

async function authorizationOf(source: PrometheusSource): Promise<string | undefined> {
  if (source.bearerTokenFile === undefined) return undefined;
  try {
    return `Bearer ${(await readFile(source.bearerTokenFile, "utf8")).trim()}`;
  } catch (cause) {
    throw new ExchangeError("the bearer token file cannot be read", { cause });
  }
}

/** Never quotes a body that is not Prometheus' own: a user's URL may point at something that is not for the user's eyes. */
function readAnswer(statusCode: Dispatcher.ResponseData["statusCode"], body: string): Answer {
  const answer = answerSchema.safeParse(parseJson(body)).data;
  if (answer === undefined) throw new ExchangeError(`the answer (status ${statusCode}) is not one of a Prometheus`);
  if (answer.status === "error") {
    const reason = `${answer.errorType}: ${answer.error}`.slice(0, MAX_REASON_LENGTH);
    throw answer.errorType === "bad_data" ? new RefusedQueryError(reason) : new ExchangeError(reason);
  }
  return answer.data;
}

function readNumber(data: Answer): QueryOutcome {
  if (data.resultType === "scalar") return outcomeOf(data.result[1]);
  if (data.resultType !== "vector") throw new RefusedQueryError(`the query yields a ${data.resultType}: it must yield one number`);
  const [first, ...others] = data.result;
  if (first === undefined) return { state: "no-data" };
  if (others.length > 0)
    throw new RefusedQueryError(`the query yields ${data.result.length} series: aggregate them to one, such as with sum()`);
  if (first.value === undefined) throw new RefusedQueryError("the query yields a native histogram: it must yield one number");
  return outcomeOf(first.value[1]);
}

function readVector(data: Answer): VectorOutcome {
  if (data.resultType !== "vector") throw new RefusedQueryError(`the query yields a ${data.resultType}: it must yield a vector`);
  const series = data.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ labels: metric, value: numberOf(value[1]) }]));
  return { state: "vector", series };
}

function numberOf(text: string): number {
  return text === "+Inf" ? Infinity : text === "-Inf" ? -Infinity : Number(text);
}

function outcomeOf(text: string): QueryOutcome {
  const value = numberOf(text);
  return Number.isNaN(value) ? { state: "no-data" } : { state: "value", value };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
