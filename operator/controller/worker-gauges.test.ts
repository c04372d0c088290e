import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createPodScraper } from "../metrics-source/pod-scraper.ts";
import { createGaugeReader } from "./worker-gauges.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A pod that serves a page at /metrics; returns its port. */
async function givenPod(page: string): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/metrics" ? 200 : 404, { "content-type": "text/plain" }).end(page);
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function read(page: string, path = "/metrics") {
  const pods = [{ pod: "shop-worker-orders-a", address: "127.0.0.1" }];
  const port = await givenPod(page);
  return createGaugeReader(createPodScraper())({ "worker-orders": { metric: "worker_busy_jobs", port, path, pods } });
}

test.each([
  ["worker_busy_jobs 0\n", { idle: ["127.0.0.1"], busy: [], unknown: [] }],
  ["# HELP worker_busy_jobs Jobs.\n# TYPE worker_busy_jobs gauge\nworker_busy_jobs 2\n", { idle: [], busy: ["127.0.0.1"], unknown: [] }],
])("asks a pod over HTTP: %j", async (page, activity) => {
  expect(await read(page)).toEqual({ "worker-orders": activity });
});

test.each([
  ["other 1\n", "/metrics", "the page has no gauge worker_busy_jobs"],
  ["worker_busy_jobs NaN\n", "/metrics", "the gauge worker_busy_jobs is no number of jobs"],
  ["worker_busy_jobs -1\n", "/metrics", "the gauge worker_busy_jobs is no number of jobs"],
  ["worker_busy_jobs 0\n", "/other", "the answer has status 404"],
])("says which field to look at where no pod answers: %j at %s", async (page, path, why) => {
  await expect(read(page, path)).rejects.toThrow(
    new RegExp(
      `^pod shop-worker-orders-a does not say how many jobs it works on \\(workers\\[\\]\\.busy, port \\d+, path ${path}\\): ${why}$`,
      "u",
    ),
  );
});

test("a worker whose pods do not answer holds no other one up", async () => {
  const gauge = { metric: "worker_busy_jobs", path: "/metrics" };
  const pods = [{ pod: "p", address: "127.0.0.1" }];
  const answering = await givenPod("worker_busy_jobs 0\n");
  const job = { "worker-a": { ...gauge, port: 1, pods }, "worker-b": { ...gauge, port: answering, pods } };
  expect(Object.keys(await createGaugeReader(createPodScraper())(job))).toEqual(["worker-b"]);
});
