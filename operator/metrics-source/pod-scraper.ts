import pLimit from "p-limit";
import { Client } from "undici";
import type { Dispatcher } from "undici";
import { describeFailure, ExchangeError, headerOf, hostHeader, originOf, readBounded } from "./exchange.ts";
import type { MetricsEndpoint, SampledPod } from "../measurement/sampling-job.ts";

/** What one pod reported, or why it reported nothing. */
export type ScrapeResult<T, Pod extends ScrapedPod = SampledPod> =
  { readonly target: Pod; readonly ok: true; readonly value: T } | ({ readonly target: Pod; readonly ok: false } & ScrapeFailure);

/** Why a pod reported nothing. */
export interface ScrapeFailure {
  /** A clause such as "the connection is refused". */
  readonly reason: string;
  /** The status of an answer that is not a page. */
  readonly status?: number | undefined;
}

/** A pod that can be asked. */
export type ScrapedPod = Pick<SampledPod, "pod" | "address">;

/** What to ask of the pods of one release. */
export interface ScrapeRequest<T, Pod extends ScrapedPod = SampledPod> {
  readonly targets: readonly Pod[];
  /** Where all of them report their metrics. */
  readonly endpoint: Pick<MetricsEndpoint, "port" | "path" | "host">;
  /** Turns a page into the value; pages are not kept. A throw becomes the reason of that pod. */
  readonly read: (page: string) => T;
  readonly signal?: AbortSignal;
}

/** Scrapes pods over plain HTTP/1.1. */
export interface PodScraper {
  /** One result per target, in their order; it never rejects. */
  scrape<T, Pod extends ScrapedPod>(request: ScrapeRequest<T, Pod>): Promise<readonly ScrapeResult<T, Pod>[]>;
}

/** Bounds of a scraper. */
export interface PodScraperOptions {
  /** For one pod, from connecting to the last byte. Default: 2,000 ms. */
  readonly timeoutMs?: number;
  /** Size of one page. Default: 4 MiB. */
  readonly maxBytes?: number;
  /** Pods scraped at a time, over all calls. Default: 16. */
  readonly concurrency?: number;
}

const ACCEPT = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.8,*/*;q=0.1";

const CALLED_OFF = "the scrape was called off";

/** Makes a scraper; it holds no connection between scrapes. */
export function createPodScraper(options: PodScraperOptions = {}): PodScraper {
  const { timeoutMs = 2000, maxBytes = 4 * 1024 * 1024, concurrency = 16 } = options;
  const limit = pLimit(concurrency);

  async function scrapePod<T, Pod extends ScrapedPod>(target: Pod, request: ScrapeRequest<T, Pod>): Promise<ScrapeResult<T, Pod>> {
    if (isAborted(request.signal)) return { target, ok: false, reason: CALLED_OFF };
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    let page: string;
    try {
      page = await fetchPage(target, { ...request.endpoint, signal, timeoutMs, maxBytes });
    } catch (error) {
      const reason = isAborted(request.signal) ? CALLED_OFF : describeFailure(error, deadline, timeoutMs);
      return { target, ok: false, reason, ...(error instanceof StatusError ? { status: error.status } : {}) };
    }
    try {
      return { target, ok: true, value: request.read(page) };
    } catch (error) {
      return { target, ok: false, reason: error instanceof Error ? error.message : "the page cannot be read" };
    }
  }

  return {
    scrape: (request) => limit.map(request.targets, (target) => scrapePod(target, request)),
  };
}

class StatusError extends ExchangeError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Fetch extends Pick<MetricsEndpoint, "port" | "path" | "host"> {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

async function fetchPage({ address }: ScrapedPod, { port, path, host, signal, timeoutMs, maxBytes }: Fetch): Promise<string> {
  // A client per scrape: pods come and go, and a pool per pod would outlive them.
  const client = new Client(originOf(address, port), { pipelining: 0, connect: { timeout: timeoutMs }, maxHeaderSize: 16_384 });
  try {
    const response = await client.request({
      method: "GET",
      path,
      signal,
      headers: { accept: ACCEPT, "accept-encoding": "identity", "user-agent": "scalable-app", ...hostHeader(host) },
    });
    refuseOtherAnswers(response);
    return await readBounded(response.body, maxBytes);
  } finally {
    // An aborted request may have destroyed it already; nothing is left to learn from that.
    await client.destroy().catch(() => undefined);
  }
}

function refuseOtherAnswers(response: Dispatcher.ResponseData): void {
  const { statusCode } = response;
  const problem = problemOf(response);
  if (problem === undefined) return;
  // Unread, it would emit an error when the client is destroyed.
  response.body.on("error", () => undefined);
  throw new StatusError(problem.replace("%s", String(statusCode)), statusCode);
}

function problemOf(response: Dispatcher.ResponseData): string | undefined {
  if (response.statusCode >= 300 && response.statusCode < 400) return "the answer is a redirect (%s), which is not followed";
  if (response.statusCode !== 200) return "the answer has status %s";
  const encoding = headerOf(response, "content-encoding") ?? "identity";
  if (encoding !== "identity") return "the answer is compressed though that was not asked for";
  return /^\s*(?:text\/html|application\/json)/i.test(headerOf(response, "content-type") ?? "")
    ? "the answer is not a page of metrics (wrong content type)"
    : undefined;
}
