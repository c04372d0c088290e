import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createPodProber } from "../metrics-source/pod-prober.ts";
import { createProbeReader } from "./probe-answers.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

const start = Date.UTC(2026, 10, 27, 8);

interface Asking {
  readonly seconds?: number;
  readonly patienceSeconds?: number;
  readonly contentType?: string;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
}

/** A container that answers with a status, which can change, and what is said of it that many seconds after it started. */
async function givenContainer(status: number) {
  const container = { status, contentType: "text/plain" };
  const server = createServer(({ headers }, response) =>
    response.writeHead(headers.host === "shop.example.com" ? 418 : container.status, { "content-type": container.contentType }).end("{}"),
  );
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  let now = start;
  const read = createProbeReader({ prober: createPodProber(), now: () => now });
  return {
    container,
    server,
    port,
    async outcome({ seconds = 15, patienceSeconds = 15, host, ...rest }: Asking = {}, runs = true) {
      now = start + seconds * 1000;
      const path = "path" in rest ? rest.path : "/ready";
      const question = { probe: "readinessProbe" as const, port, path, host, timeoutSeconds: 2 };
      const since = new Date(start).toISOString();
      const running = { address: "127.0.0.1", since, patienceSeconds, questions: [question] };
      return (await read([{ pod: "b1", uid: "uid-1", runs: runs ? running : undefined }]))["b1"]?.outcome;
    },
  };
}

test.each([404, 400, 503])("status %i is reported", async (status) => {
  expect(await (await givenContainer(status)).outcome()).toBe(status);
});

test("a pod is asked with the Host header of its probe", async () => {
  expect(await (await givenContainer(200)).outcome({ host: "shop.example.com" })).toBe(418);
});

test.each([
  ["a good answer", 200, {}, "text/plain"],
  ["a good answer in JSON", 200, {}, "application/json"],
  ["a redirect, which pleases the kubelet", 302, {}, "text/plain"],
  ["a bad answer of a container that has just started", 404, { seconds: 14 }, "text/plain"],
  ["that it is not ready, of an app that may start for long", 503, { seconds: 29, patienceSeconds: 30 }, "text/plain"],
])("%s is not", async (_what, status, asking, contentType) => {
  const given = await givenContainer(status);
  given.container.contentType = contentType;
  expect(await given.outcome(asking)).toBeUndefined();
});

test("a path that does not exist is reported before the app has had all its time to start", async () => {
  expect(await (await givenContainer(404)).outcome({ seconds: 15, patienceSeconds: 30 })).toBe(404);
});

test("that nothing listens is reported, whether a request or a connection is asked for", async () => {
  const given = await givenContainer(200);
  expect(await given.outcome({ path: undefined })).toBeUndefined();
  given.server.close();
  await once(given.server, "close");
  expect(await given.outcome()).toBe("refused");
  expect(await given.outcome({ path: undefined })).toBe("refused");
});

test("what a container answered holds until it has been asked again after its restart", async () => {
  const given = await givenContainer(404);
  await given.outcome();
  expect(await given.outcome({}, false)).toBe(404);
  expect(await given.outcome({ seconds: 3 })).toBe(404);
  given.container.status = 200;
  expect(await given.outcome({ seconds: 15 })).toBeUndefined();
  expect(await given.outcome({}, false)).toBeUndefined();
});
