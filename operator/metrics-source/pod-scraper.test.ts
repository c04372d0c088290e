import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { createPodScraper } from "./pod-scraper.ts";
import type { MetricsEndpoint, SampledPod } from "../measurement/sampling-job.ts";

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

interface Asked {
  readonly target: SampledPod;
  readonly endpoint: Pick<MetricsEndpoint, "port" | "path" | "host">;
}

async function serve(listener: RequestListener, host = "127.0.0.1"): Promise<Asked & { server: Server }> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, host);
  await once(server, "listening");
  return { ...podAt(portOf(server), host), server };
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as { port: number }).port;
}

function podAt(port: number, address = "127.0.0.1"): Asked {
  return { target: { pod: "shop-web-1", address, ready: true, restarts: 0, createdMs: 0 }, endpoint: { port, path: "/metrics" } };
}

function scrape(
  { target, endpoint }: Asked,
  options: { timeoutMs?: number; maxBytes?: number; signal?: AbortSignal } = {},
): Promise<unknown> {
  const { signal, ...bounds } = options;
  return createPodScraper(bounds)
    .scrape({ targets: [target], endpoint, read: (page) => page, ...(signal === undefined ? {} : { signal }) })
    .then(([result]) => result);
}

test("reads a page", async () => {
  const asked = await serve((request, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end(`${request.method} ${request.url} ${request.headers["accept-encoding"]}`);
  });
  expect(await scrape(asked)).toEqual({ target: asked.target, ok: true, value: "GET /metrics identity" });
});

test("carries the status of an answer that is not a page", async () => {
  const asked = await serve((_, response) => void response.writeHead(401).end());
  expect(await scrape(asked)).toEqual({ target: asked.target, ok: false, reason: "the answer has status 401", status: 401 });
});

test("reads from an IPv6 address", async () => {
  const asked = await serve((_, response) => void response.end("six"), "::1");
  expect(await scrape(asked)).toMatchObject({ ok: true, value: "six" });
});

test("keeps characters that are split between chunks", async () => {
  const bytes = Buffer.from("ä€😀");
  const asked = await serve((_, response) => {
    response.write(bytes.subarray(0, 3));
    setImmediate(() => response.end(bytes.subarray(3)));
  });
  expect(await scrape(asked)).toMatchObject({ ok: true, value: "ä€😀" });
});

test("leaves no connection behind", async () => {
  const { server, ...asked } = await serve((_, response) => void response.end("once"));
  const closed = new Promise((resolve) => server.on("connection", (socket) => socket.on("close", resolve)));
  expect(await scrape(asked)).toMatchObject({ ok: true });
  await closed;
  const open = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
  expect(open).toBe(0);
});

describe("says why a pod reports nothing", () => {
  test.each<[string, RequestListener, string]>([
    ["a redirect", (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), "redirect (302)"],
    ["a missing page", (_, response) => void response.writeHead(404).end("no"), "status 404"],
    ["an error of the app", (_, response) => void response.writeHead(503).end("x".repeat(100_000)), "status 503"],
    ["an empty answer", (_, response) => void response.writeHead(204).end(), "status 204"],
    ["a web page", (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>"), "content type"],
    ["a compressed page", (_, response) => void response.writeHead(200, { "content-encoding": "gzip" }).end("x"), "compressed"],
    ["a large page", (_, response) => void response.end("x".repeat(2000)), "larger than 1000 bytes"],
    ["a cut page", (request, response) => void response.write("half", () => request.socket.destroy()), "not whole"],
    ["a closed connection", (request) => void request.socket.destroy(), "connection was"],
    ["silence", () => undefined, "no answer within 200 ms"],
    ["a page that never ends", (_, response) => void response.write("first"), "no answer within 200 ms"],
  ])("%s", async (_, listener, reason) => {
    const asked = await serve(listener);
    // A busy machine may take long to answer; only who never answers is waited for briefly.
    const timeoutMs = reason.startsWith("no answer") ? 200 : 20_000;
    expect(await scrape(asked, { maxBytes: 1000, timeoutMs })).toMatchObject({
      target: asked.target,
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });

  test("an endless stream of bytes", async () => {
    const asked = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
      };
      response.on("drain", more);
      more();
    });
    expect(await scrape(asked)).toMatchObject({ ok: false, reason: expect.stringContaining("larger than") });
  });

  test("a port where nobody listens", async () => {
    const { server, ...asked } = await serve(() => undefined);
    server.close();
    await once(server, "close");
    expect(await scrape(asked)).toMatchObject({ ok: false, reason: "the connection is refused" });
  });

  test("a server that does not speak HTTP/1.1", async () => {
    const server = createTcpServer((socket) => socket.end("\0\0\x12\x04\0\0\0\0\0"));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    expect(await scrape(podAt(portOf(server)))).toMatchObject({ ok: false, reason: "the answer is not whole, valid HTTP/1.1" });
  });

  test("an address that is none", async () => {
    expect(await scrape(podAt(80, ""))).toMatchObject({ ok: false });
  });

  test("a page that cannot be read", async () => {
    const asked = await serve((_, response) => void response.end("page"));
    const read = (page: string): never => {
      throw new Error(`no histogram in ${page}`);
    };
    const results = await createPodScraper().scrape({ targets: [asked.target], endpoint: asked.endpoint, read });
    expect(results).toEqual([{ target: asked.target, ok: false, reason: "no histogram in page" }]);
  });

  test("a scrape that was called off, before and during it", async () => {
    const controller = new AbortController();
    const asked = await serve(() => controller.abort());
    expect(await scrape(asked, { signal: controller.signal })).toMatchObject({ ok: false, reason: "the scrape was called off" });
    expect(await scrape(asked, { signal: controller.signal })).toMatchObject({ ok: false, reason: "the scrape was called off" });
  });
});

test("asks at the port and path of the release, with its Host header", async () => {
  const { target, endpoint } = await serve((request, response) => void response.end(`${request.headers.host} ${request.url}`));
  const ask = (more: Partial<MetricsEndpoint>): Promise<unknown> =>
    createPodScraper().scrape({ targets: [target], endpoint: { ...endpoint, ...more }, read: (page) => page });
  expect(await ask({ path: "/prom", host: "shop.example.com" })).toMatchObject([{ value: "shop.example.com /prom" }]);
  expect(await ask({})).toMatchObject([{ value: `127.0.0.1:${endpoint.port} /metrics` }]);
});

test("scrapes many pods, and a dead one spoils only its own result", async () => {
  const { target, endpoint } = await serve((_, response) => void response.end("page"));
  const dead = { ...target, pod: "dead", address: "" };
  const targets = [dead, ...Array.from({ length: 30 }, (_, index) => ({ ...target, pod: `shop-web-${index}` }))];
  const results = await createPodScraper({ concurrency: 4 }).scrape({ targets, endpoint, read: (page) => page });
  expect(results.map((result) => result.target)).toEqual(targets);
  expect(results.map((result) => result.ok)).toEqual([false, ...Array.from({ length: 30 }, () => true)]);
});
