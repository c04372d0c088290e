import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";

import type { Registry } from "prom-client";

/** One question that a health endpoint asks: undefined means fine, a text says what is wrong. */
export interface HealthCheck {
  readonly name: string;
  readonly check: () => string | undefined;
}

/** A listening server: the port it got and how to end it. */
export interface HttpServer {
  readonly port: number;
  /** Stops accepting, ends idle connections at once and waits for answers under way. */
  close(): Promise<void>;
}

type Route = (response: ServerResponse) => void | Promise<void>;

/** Slow clients must not hold sockets: the answers here are small and local. */
const requestTimeoutMilliseconds = 10_000;

/** Serves /healthz (the process runs) and /readyz (all checks pass). */
export function healthRoutes(live: readonly HealthCheck[], ready: readonly HealthCheck[]): RequestListener {
  return routes({
    "/healthz": (response) => answerChecks(response, live),
    "/readyz": (response) => answerChecks(response, ready),
  });
}

/** Serves /metrics in the Prometheus text format. */
export function metricsRoutes(registry: Registry): RequestListener {
  return routes({
    "/metrics": async (response) => {
      const text = await registry.metrics();
      answer(response, 200, text, registry.contentType);
    },
  });
}

/** Starts to listen on all addresses; port 0 takes any free port. */
export function listen(port: number, listener: RequestListener): Promise<HttpServer> {
  const server = createServer({ requestTimeout: requestTimeoutMilliseconds, headersTimeout: requestTimeoutMilliseconds }, listener);
  server.maxConnections = 256;
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new Error(`can't listen on port ${port}: choose a free port`, { cause })));
    server.listen(port, () => resolve({ port: boundPort(server) ?? port, close: () => close(server) }));
  });
}

function boundPort(server: Server): number | undefined {
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}

function routes(table: Readonly<Record<string, Route>>): RequestListener {
  const byPath = new Map(Object.entries(table));
  return (request, response) => {
    const route = byPath.get(pathOf(request));
    if (route === undefined) return answer(response, 404, "not found\n");
    if (request.method !== "GET" && request.method !== "HEAD") return answer(response, 405, "only GET is allowed\n");
    void run(route, response);
  };
}

async function run(route: Route, response: ServerResponse): Promise<void> {
  try {
    await route(response);
  } catch {
    // The cause stays inside: these endpoints are read by anyone who reaches the port.
    answer(response, 500, "internal error\n");
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

function answerChecks(response: ServerResponse, checks: readonly HealthCheck[]): void {
  const problems = checks.flatMap(({ name, check }) => {
    const problem = check();
    return problem === undefined ? [] : [`${name}: ${problem}\n`];
  });
  if (problems.length === 0) answer(response, 200, "ok\n");
  else answer(response, 503, problems.join(""));
}

function answer(response: ServerResponse, status: number, text: string, contentType = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(text);
}
