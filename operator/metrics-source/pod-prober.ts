import pLimit from "p-limit";
import { Client } from "undici";
import type { Dispatcher } from "undici";
import { describeFailure, hostHeader, originOf } from "./exchange.ts";

/** One request to a pod. */
export interface ProbeRequest {
  /** The pod's IP address. */
  readonly address: string;
  readonly port: number;
  /** Host header. Default: the address and port. */
  readonly host?: string | undefined;
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came of it: a status, or a clause such as "the connection is refused". */
export type ProbeAnswer = { readonly status: number } | { readonly failure: string } | "called off";

/** Asks pods over plain HTTP/1.1 with GET, as a user would. */
export interface PodProber {
  /** It never rejects; redirects are answers and are not followed. */
  ask(request: ProbeRequest): Promise<ProbeAnswer>;
}

// More of a page shows nothing new, and the app should not have to send it.
const MAX_BODY_BYTES = 64 * 1024;

/** Makes a prober that asks at most so many pods at a time. Default: 32. */
export function createPodProber({ concurrency = 32 }: { readonly concurrency?: number } = {}): PodProber {
  const limit = pLimit(concurrency);
  return { ask: (request) => limit(askPod, request) };
}

async function askPod({ address, port, host, path, timeoutMs, signal }: ProbeRequest): Promise<ProbeAnswer> {
  if (isAborted(signal)) return "called off";
  const deadline = AbortSignal.timeout(timeoutMs);
  // A client per request, so that a pod which no longer accepts connections is noticed.
  const client = new Client(originOf(address, port), { pipelining: 0, connect: { timeout: timeoutMs } });
  try {
    const response = await client.request({
      method: "GET",
      path,
      signal: AbortSignal.any([deadline, signal]),
      headers: { accept: "*/*", "user-agent": "scalable-app-probe", ...hostHeader(host) },
    });
    await dropBody(response.body);
    return { status: response.statusCode };
  } catch (error) {
    return isAborted(signal) ? "called off" : { failure: describeFailure(error, deadline, timeoutMs) };
  } finally {
    await client.destroy().catch(() => undefined);
  }
}

/** Reads on to the end, because an answer that breaks off is none. */
async function dropBody(body: Dispatcher.ResponseData["body"]): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += Buffer.isBuffer(chunk) ? chunk.length : Buffer.byteLength(String(chunk));
    // Leaving the loop destroys the body, and with it the connection.
    if (bytes > MAX_BODY_BYTES) return;
  }
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
