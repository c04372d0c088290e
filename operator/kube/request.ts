import type { RequestObservation, WriteGate } from "./operations.ts";
import type { Clock, Random } from "../base/clock.ts";
import type { Deadline } from "./deadline.ts";
import { startDeadline } from "./deadline.ts";
import type { RequestSubject } from "./errors.ts";
import { isTooManyRequests, isUnauthorized, KubeError } from "./errors.ts";
import type { InFlightLimit } from "./in-flight-limit.ts";
import { leases } from "./resources.ts";
import type { RetryBudget } from "./retry.ts";
import { retryDelay } from "./retry.ts";
import { errorOfResponse, errorWithoutResponse } from "./status-error.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** One call, which may become several attempts. */
export interface Call {
  readonly subject: RequestSubject;
  readonly method: TransportRequest["method"];
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Sending it twice has the effect of sending it once. */
  readonly idempotent: boolean;
  /** Present on writes of a gated client. */
  readonly gate?: WriteGate;
  readonly signal?: AbortSignal;
}

/** What calls share. */
export interface RequestContext {
  readonly transport: Transport;
  readonly limit: InFlightLimit;
  readonly budget: RetryBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: (observation: RequestObservation) => void;
}

/** Sends a call, retries what may be retried, and returns the body of the answer. */
export async function send(context: RequestContext, call: Call): Promise<string> {
  context.budget.earn();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admitted(context, call);
    } catch (error) {
      const delay = delayAfter(context, call, error, attempt);
      if (delay === undefined) throw error;
      await context.clock.sleep(delay, call.signal);
    }
  }
}

function delayAfter(context: RequestContext, call: Call, error: unknown, attempt: number): number | undefined {
  if (isTooManyRequests(error)) context.limit.slowDown();
  // A rotated token: read it again and try once more at once; a 401 was not executed.
  if (isUnauthorized(error) && attempt === 1) {
    context.transport.invalidateCredentials();
    return 0;
  }
  const delay = retryDelay(error, attempt, call.idempotent, context.random);
  return delay === undefined || call.signal?.aborted === true || !context.budget.spend() ? undefined : delay;
}

// A renewal must not queue behind a slow API server's other work: leadership would be lost exactly when all is slow.
async function admitted(context: RequestContext, call: Call): Promise<string> {
  if (call.subject.resource === leases.plural) return exchange(context, call);
  const waiting = startDeadline(call.timeoutMs, call.signal);
  let release: () => void;
  try {
    release = await context.limit.acquire(waiting.signal);
  } catch (cause) {
    throw withoutAnswer(call, waiting, cause);
  } finally {
    waiting.clear();
  }
  try {
    const body = await exchange(context, call);
    context.limit.speedUp();
    return body;
  } finally {
    release();
  }
}

async function exchange(context: RequestContext, call: Call): Promise<string> {
  const deadline = startDeadline(Math.min(call.timeoutMs, call.gate?.() ?? Infinity), call.signal);
  try {
    const response = await open(context, call, deadline);
    return await bodyOf(call, response, deadline);
  } finally {
    deadline.clear();
  }
}

/** Sends one attempt and returns the open answer of 2xx; the deadline stays with the caller. */
export async function open(context: RequestContext, call: Call, deadline: Deadline): Promise<TransportResponse> {
  const started = context.clock.monotonic();
  const { subject } = call;
  function observed(status: number): void {
    context.observe({ verb: subject.verb, resource: subject.resource, status, milliseconds: context.clock.monotonic() - started });
  }
  let refusedByGate = false;
  function beforeSend(): void {
    refusedByGate = true;
    call.gate?.();
    refusedByGate = false;
  }
  let response: TransportResponse;
  try {
    const { method, path, headers, body } = call;
    response = await context.transport.request({
      method,
      path,
      headers,
      signal: deadline.signal,
      beforeSend,
      ...(body === undefined ? {} : { body }),
    });
  } catch (cause) {
    if (refusedByGate) throw cause;
    observed(0);
    throw withoutAnswer(call, deadline, cause);
  }
  observed(response.statusCode);
  if (response.statusCode >= 200 && response.statusCode < 300) return response;
  throw errorOfResponse(subject, response.statusCode, await bodyOf(call, response, deadline), headerOf(response, "retry-after"));
}

async function bodyOf(call: Call, response: TransportResponse, deadline: Deadline): Promise<string> {
  try {
    const text = await response.body.text();
    // undici gives the connection back one turn later; without it the next call would open a second one.
    await new Promise((resolve) => setImmediate(resolve));
    return text;
  } catch (cause) {
    throw withoutAnswer(call, deadline, cause);
  }
}

function withoutAnswer(call: Call, deadline: Deadline, cause: unknown): KubeError {
  if (deadline.timedOut()) return errorWithoutResponse(call.subject, "Timeout", cause);
  return errorWithoutResponse(call.subject, call.signal?.aborted === true ? "Aborted" : "ConnectionFailed", cause);
}

function headerOf(response: TransportResponse, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
