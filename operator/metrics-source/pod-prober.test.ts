import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { afterEach, expect, test } from "vitest";
import { createPodProber } from "./pod-prober.ts";
import type { ProbeRequest } from "./pod-prober.ts";

const servers: { close(): unknown; closeAllConnections(): void }[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Patience that a busy machine does not use up. */
const patient = 20_000;
/** Patience with somebody who never answers. */
const short = 200;

async function serve(listener: RequestListener): Promise<ProbeRequest> {
  const server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return { address: "127.0.0.1", port, path: "/login", timeoutMs: patient, signal: new AbortController().signal };
}

test.each<[string, RequestListener, unknown]>([
  ["a page", (_, response) => void response.end("hello"), { status: 200 }],
  ["a page larger than what is read", (_, response) => void response.end("x".repeat(500_000)), { status: 200 }],
  [
    "an endless page",
    (_, response) => void response.on("drain", () => response.write("x".repeat(65_536))).write("x".repeat(65_536)),
    { status: 200 },
  ],
  [
    "a redirect, which is not followed",
    (_, response) => void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    { status: 302 },
  ],
  ["an error", (_, response) => void response.writeHead(500).end("no"), { status: 500 }],
  ["no content", (_, response) => void response.writeHead(204).end(), { status: 204 }],
  [
    "a page that breaks off",
    (request, response) => void response.write("half", () => request.socket.destroy()),
    { failure: expect.stringMatching(/whole|closed|reset/) },
  ],
  ["a closed connection", (request) => void request.socket.destroy(), { failure: expect.stringContaining("connection was") }],
])("gets %s", async (_, listener, answer) => {
  expect(await createPodProber().ask(await serve(listener))).toEqual(answer);
});

test.each<[string, RequestListener]>([
  ["silence", () => undefined],
  ["a page that never ends", (_, response) => void response.write("first")],
])("waits no longer than it may for %s", async (_, listener) => {
  expect(await createPodProber().ask({ ...(await serve(listener)), timeoutMs: short })).toEqual({ failure: "no answer within 200 ms" });
});

test("asks with GET, the path and the Host header", async () => {
  const asked: unknown[] = [];
  const request = await serve((incoming, response) => {
    asked.push([incoming.method, incoming.url, incoming.headers.host]);
    response.end();
  });
  await createPodProber().ask({ ...request, host: "shop.example.com", path: "/login?next=%2F" });
  expect(asked).toEqual([["GET", "/login?next=%2F", "shop.example.com"]]);
});

test("says that nobody listens", async () => {
  const request = await serve(() => undefined);
  const answer = await createPodProber().ask({ ...request, address: "127.0.0.1", port: 1 });
  expect(answer).toEqual({ failure: "the connection is refused" });
});

test("is called off, before and during a request", async () => {
  const controller = new AbortController();
  const request = { ...(await serve(() => controller.abort())), signal: controller.signal };
  expect(await createPodProber().ask(request)).toBe("called off");
  expect(await createPodProber().ask(request)).toBe("called off");
});

test("asks no more at a time than it may", async () => {
  let running = 0;
  let most = 0;
  const request = await serve((_, response) => {
    running += 1;
    most = Math.max(most, running);
    setImmediate(() => {
      running -= 1;
      response.end();
    });
  });
  const prober = createPodProber({ concurrency: 2 });
  const answers = await Promise.all(Array.from({ length: 10 }, () => prober.ask(request)));
  expect(answers).toEqual(Array.from({ length: 10 }, () => ({ status: 200 })));
  expect(most).toBeLessThanOrEqual(2);
});
