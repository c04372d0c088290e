import { Client } from "undici";
import type { Dispatcher } from "undici";
import { describeFailure, ExchangeError, headerOf, hostHeader, originOf, readBounded } from "./exchange.ts";
import { createGate } from "./gate.ts";
import type { MetricsEndpoint, SampledPod } from "./job.ts";

/** What one pod reported, or why it reported nothing; the reason is a clause such as "the connection is refused". */
export type ScrapeResult<T> =
  | { readonly target: SampledPod; readonly ok: true; readonly value: T }
  | { readonly target: SampledPod; readonly ok: false; readonly reason: string };

/** What to ask of the pods of one release. */
export interface ScrapeRequest<T> {
  readonly targets: readonly SampledPod[];
  /** Where all of them report their metrics. */
  readonly endpoint: Pick<MetricsEndpoint, "port" | "path" | "host">;
  /** Turns a page into the value; pages are not kept. A throw becomes the reason of that pod. */
  readonly read: (page: string) => T;
  readonly signal?: AbortSignal;
}

/** Scrapes pods over plain HTTP/1.1. */
export interface PodScraper {
  /** One result per target, in their order; it never rejects. */
  scrape<T>(request: ScrapeRequest<T>): Promise<readonly ScrapeResult<T>[]>;
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
  const gate = createGate(concurrency);

  async function scrapePod<T>(target: SampledPod, request: ScrapeRequest<T>): Promise<ScrapeResult<T>> {
    if (isAborted(request.signal)) return { target, ok: false, reason: CALLED_OFF };
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    let page: string;
    try {
      page = await fetchPage(target, { ...request.endpoint, signal, timeoutMs, maxBytes });
    } catch (error) {
      const reason = isAborted(request.signal) ? CALLED_OFF : describeFailure(error, deadline, timeoutMs);
      return { target, ok: false, reason };
    }
    try {
      return { target, ok: true, value: request.read(page) };
    } catch (error) {
      return { target, ok: false, reason: error instanceof Error ? error.message : "the page cannot be read" };
    }
  }

  return {
    scrape: (request) => Promise.all(request.targets.map((target) => gate.run(() => scrapePod(target, request)))),
  };
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Fetch extends Pick<MetricsEndpoint, "port" | "path" | "host"> {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

async function fetchPage({ address }: SampledPod, { port, path, host, signal, timeoutMs, maxBytes }: Fetch): Promise<string> {
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
  throw new ExchangeError(problem.replace("%s", String(statusCode)));
}

function problemOf(response: Dispatcher.ResponseData): string | undefined {
  if (response.statusCode >= 300 && response.statusCode < 400) return "the answer is a redirect (%s), which is not followed";
  if (response.statusCode !== 200) return `the answer has status %s${hintOf(response.statusCode)}`;
  const encoding = headerOf(response, "content-encoding") ?? "identity";
  if (encoding !== "identity") return "the answer is compressed though that was not asked for";
  return /^\s*(?:text\/html|application\/json)/i.test(headerOf(response, "content-type") ?? "")
    ? "the answer is not a page of metrics (wrong content type)"
    : undefined;
}

/** What such a status usually comes from, as the field to look at. */
function hintOf(statusCode: number): string {
  if (statusCode === 400 || statusCode === 421) return ": does the app expect another Host header (web.metrics.host)?";
  if (statusCode === 401 || statusCode === 403)
    return ": serve the metrics without authentication, on a port of their own (web.metrics.port)";
  return statusCode === 404 ? ": is the page elsewhere (web.metrics.path, web.metrics.port)?" : "";
}
