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
}

/** What came of a load. */
export interface LoadReport {
  readonly sent: number;
  readonly failed: number;
  /** The first few failures, in words. */
  readonly failures: readonly string[];
  readonly perStatus: Readonly<Record<string, number>>;
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

/** Starts a constant load: requests are sent at their time whether earlier ones were answered or not. */
export function startLoad(options: LoadOptions): Load {
  const keptAlive = new Agent({ connections: 50, keepAliveTimeout: 30_000, pipelining: 1 });
  const tally = { sent: 0, failed: 0, failures: [] as string[], perStatus: {} as Record<string, number>, took: [] as number[] };
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
      await keptAlive.close();
      const sorted = tally.took.toSorted((a, b) => a - b);
      const at = (part: number) => Math.round((sorted[Math.floor(part * (sorted.length - 1))] ?? 0) * 10) / 10;
      const { sent, failed, failures, perStatus } = tally;
      return { sent, failed, failures, perStatus, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}

interface Tally {
  sent: number;
  failed: number;
  readonly failures: string[];
  readonly perStatus: Record<string, number>;
  readonly took: number[];
}

async function sendOne({ url, timeoutMs = 10_000 }: LoadOptions, agent: Agent | undefined, tally: Tally): Promise<void> {
  const own = agent === undefined ? new Agent({ connections: 1, pipelining: 0 }) : undefined;
  const begin = performance.now();
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent ?? own, signal: AbortSignal.timeout(timeoutMs) });
    await body.dump();
    tally.perStatus[statusCode] = (tally.perStatus[statusCode] ?? 0) + 1;
    tally.took.push(performance.now() - begin);
    if (statusCode >= 400) fail(tally, `status ${statusCode}`);
  } catch (error) {
    fail(tally, error instanceof Error ? `${error.name} ${(error as { code?: string }).code ?? ""} ${error.message}` : String(error));
  } finally {
    tally.sent++;
    await own?.close();
  }
}

function fail(tally: Tally, why: string): void {
  tally.failed++;
  if (tally.failures.length < 10) tally.failures.push(`${new Date().toISOString()} ${why}`);
}
