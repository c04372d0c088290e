import type { Dispatcher } from "undici";
import { Pool, ProxyAgent } from "undici";
import type { Access, Credentials } from "./credentials.ts";

/** One HTTP exchange with the API server. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query, beginning with "/". */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Called at the last moment before the request is handed to a connection; a throw stops it. */
  readonly beforeSend?: () => void;
}

/** The answer; the body must be read or dumped. */
export type TransportResponse = Dispatcher.ResponseData;

/** One keep-alive connection pool to one API server, rebuilt when its CA or client certificate changes. */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  /** After a 401. */
  invalidateCredentials(): void;
  close(): Promise<void>;
}

// Below the 90 s after which the API server itself closes an idle connection.
const KEEP_ALIVE_MS = 60_000;
const TCP_KEEP_ALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5000;

/** Makes the transport; the first request connects. */
export function createTransport(credentials: Credentials, userAgent: string): Transport {
  let pool: Dispatcher | undefined;
  let fingerprint = "";
  let closed = false;

  function dispatcherFor(access: Access): Dispatcher {
    if (pool !== undefined && fingerprint === access.fingerprint) return pool;
    // Requests and watches under way on the old pool end there by themselves.
    void pool?.close();
    pool = openPool(access);
    fingerprint = access.fingerprint;
    return pool;
  }

  return {
    async request(request) {
      const access = await credentials.current();
      if (closed) throw new Error("the client is closed");
      request.signal.throwIfAborted();
      const server = new URL(access.server);
      request.beforeSend?.();
      return dispatcherFor(access).request({
        origin: server.origin,
        path: server.pathname.replace(/\/$/, "") + request.path,
        method: request.method,
        headers: {
          ...request.headers,
          "user-agent": userAgent,
          ...(access.authorization === undefined ? {} : { authorization: access.authorization }),
        },
        body: request.body ?? null,
        signal: request.signal,
        // Every call has its own deadline by signal; a quiet watch must not be cut by these.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
    },
    invalidateCredentials: () => credentials.invalidate(),
    async close() {
      closed = true;
      await pool?.destroy();
    },
  };
}

function openPool(access: Access): Dispatcher {
  const tls = { ...access.tls };
  const common = {
    // HTTP/2 in Node stalls silently without PING supervision: https://github.com/gardener/dashboard/issues/2954
    allowH2: false,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS, keepAlive: true, keepAliveInitialDelay: TCP_KEEP_ALIVE_MS };
  if (access.proxyUrl === undefined) return new Pool(new URL(access.server).origin, { ...common, connect });
  if (!/^https?:/.test(access.proxyUrl)) throw new Error("the kubeconfig names a SOCKS proxy: only http and https proxies are supported");
  return new ProxyAgent({ ...common, uri: access.proxyUrl, requestTls: connect });
}
