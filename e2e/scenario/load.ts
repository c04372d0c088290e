import { Agent, request } from "undici";

/** How requests come. */
export interface LoadOptions {
  readonly url: string;
  /** Requests a second over kept-alive connections. */
  readonly keptAlivePerSecond: number;
  /** Requests a second that each open a connection of their own. */
  readonly newPerSecond: number;
  /** Milliseconds after which a request counts as failed; default 10,000. */
  readonly timeoutMs?: number;
  /** Headers of each request, such as the host that a Gateway routes by. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with each answer: its status, its body, and when its request was sent in milliseconds since 1970; default: bodies are thrown away. */
  readonly onAnswer?: (status: number, body: string, sentMs: number) => void;
}

/** What came of a load. */
export interface LoadReport {
  readonly sent: number;
  readonly failed: number;
  /** The first few failures, in words. */
  readonly failures: readonly string[];
  readonly perStatus: Readonly<Record<string, number>>;
  /** How many failed in which way: "status 500", or the code of a broken connection. */
  readonly perFailure: Readonly<Record<string, number>>;
  /** When the last one failed, in milliseconds since 1970. */
  readonly lastFailureMs: number | undefined;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A load that runs until it is stopped. */
export interface Load {
  /** Requests answered or failed so far. */
  sent(): number;
  stop(): Promise<LoadReport>;
}

const tickMs = 20;

/**
 * Milliseconds after which a connection that nobody uses is given up, as load balancers do: sooner than a pod that ends does (the storefront
 * after a second without a request). Who sends a request over a connection that is being closed loses it, whatever the pod does.
 */
const idleMs = 500;

/** Starts a constant load: requests are sent at their time whether earlier ones were answered or not. */
export function startLoad(options: LoadOptions): Load {
  const keptAlive = new Agent({ connections: 50, keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs, pipelining: 1 });
  const tally: Tally = { sent: 0, failed: 0, failures: [], perStatus: {}, perFailure: {}, lastFailureMs: undefined, took: [] };
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  const issued = { kept: 0, fresh: 0 };
  const send = (fresh: boolean) => {
    const one = sendOne(options, fresh ? undefined : keptAlive, tally).finally(() => underWay.delete(one));
    underWay.add(one);
  };
  const timer = setInterval(() => {
    const elapsed = (performance.now() - start) / 1000;
    for (; issued.kept < elapsed * options.keptAlivePerSecond; issued.kept++) send(false);
    for (; issued.fresh < elapsed * options.newPerSecond; issued.fresh++) send(true);
  }, tickMs);
  return {
    sent: () => tally.sent,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      await keptAlive.destroy();
      const sorted = tally.took.toSorted((a, b) => a - b);
      const at = (part: number) => Math.round((sorted[Math.floor(part * (sorted.length - 1))] ?? 0) * 10) / 10;
      const { took: _took, ...counts } = tally;
      return { ...counts, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}

interface Tally {
  sent: number;
  failed: number;
  readonly failures: string[];
  readonly perStatus: Record<string, number>;
  readonly perFailure: Record<string, number>;
  lastFailureMs: number | undefined;
  readonly took: number[];
}

async function sendOne(options: LoadOptions, agent: Agent | undefined, tally: Tally): Promise<void> {
  const { url, timeoutMs = 10_000, headers, onAnswer } = options;
  const own = agent === undefined ? new Agent({ connections: 1, pipelining: 0 }) : undefined;
  const begin = performance.now();
  const sentMs = Date.now();
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const { statusCode, body } = await request(url, { dispatcher: agent ?? own, signal, ...(headers && { headers }) });
    if (onAnswer) onAnswer(statusCode, await body.text(), sentMs);
    else await body.dump();
    tally.perStatus[statusCode] = (tally.perStatus[statusCode] ?? 0) + 1;
    tally.took.push(performance.now() - begin);
    if (statusCode >= 400) fail(tally, `status ${statusCode}`);
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string | number };
    fail(tally, typeof code === "string" ? code : name, `${name} ${message}`);
  } finally {
    tally.sent++;
    // A connection that is still being made would hold up an orderly end.
    await own?.destroy();
  }
}

function fail(tally: Tally, kind: string, words = ""): void {
  tally.failed++;
  tally.perFailure[kind] = (tally.perFailure[kind] ?? 0) + 1;
  tally.lastFailureMs = Date.now();
  if (tally.failures.length < 10) tally.failures.push(`${new Date().toISOString()} ${kind} ${words}`.trimEnd());
}
