import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createPodProber } from "../metrics-source/pod-prober.ts";
import { createProbeReader } from "./probe-answers.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** What a container that runs for so many seconds, and answers so, is said to answer. */
async function answerOf(status: number, seconds = 15, { contentType = "text/plain", host = "" } = {}): Promise<string | undefined> {
  const server = createServer(({ headers }, response) =>
    response.writeHead(headers.host === "shop.example.com" ? 418 : status, { "content-type": contentType }).end("{}"),
  );
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const now = Date.UTC(2026, 10, 27, 8);
  const runsSince = new Date(now - seconds * 1000).toISOString();
  const job = {
    pod: "b1",
    address: "127.0.0.1",
    port,
    path: "/ready",
    host: host === "" ? undefined : host,
    probe: "readinessProbe" as const,
    runsSince,
  };
  return (await createProbeReader(createPodProber(), () => now)(job))?.replace(String(port), "PORT");
}

test.each([
  [503, "asked as its readinessProbe does (GET /ready on port PORT), pod b1: the answer has status 503"],
  [
    400,
    "asked as its readinessProbe does (GET /ready on port PORT), pod b1: the answer has status 400; is its Host header, the address of the pod, refused?",
  ],
])("status %i is reported", async (status, expected) => {
  expect(await answerOf(status)).toBe(expected);
});

test("a pod is asked with the Host header of its probe, which a refusal names", async () => {
  expect(await answerOf(200, 15, { host: "shop.example.com" })).toContain("the answer has status 418");
  expect(await answerOf(400, 15, { host: "other.example.com" })).toContain("is its Host header, other.example.com, refused?");
});

test.each([
  ["a good answer", 200, 15, "text/plain"],
  ["a good answer in JSON", 200, 15, "application/json"],
  ["a redirect, which pleases the kubelet", 302, 15, "text/plain"],
  ["a bad answer of a container that has just started", 503, 14, "text/plain"],
])("%s is not", async (_what, status, seconds, contentType) => {
  expect(await answerOf(status, seconds, { contentType })).toBeUndefined();
});
