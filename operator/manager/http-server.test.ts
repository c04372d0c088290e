import { request as httpRequest } from "node:http";

import { Gauge, Registry } from "prom-client";
import { afterEach, describe, expect, test } from "vitest";

import { healthRoutes, listen, metricsRoutes } from "./http-server.ts";
import type { HttpServer } from "./http-server.ts";

const servers: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(listener: Parameters<typeof listen>[1]): Promise<string> {
  const server = await listen(0, listener);
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

describe("the health server", () => {
  test("is live at once and ready when every check passes", async () => {
    let problem: string | undefined = "the first lists are not complete yet";
    const base = await serve(
      healthRoutes(
        [],
        [
          { name: "caches", check: () => problem },
          { name: "process", check: () => undefined },
        ],
      ),
    );
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    const early = await fetch(`${base}/readyz`);
    expect(early.status).toBe(503);
    expect(await early.text()).toBe("caches: the first lists are not complete yet\n");
    problem = undefined;
    const later = await fetch(`${base}/readyz?verbose`);
    expect(later.status).toBe(200);
    expect(await later.text()).toBe("ok\n");
  });

  test("knows no other path and no other method", async () => {
    const base = await serve(healthRoutes([], []));
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/__proto__`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`)).status).toBe(404);
    expect((await fetch(`${base}/healthz`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${base}/healthz`, { method: "HEAD" })).status).toBe(200);
  });
});

describe("the metrics server", () => {
  test("answers in the Prometheus text format", async () => {
    const registry = new Registry();
    new Gauge({ name: "leader_election_master_status", help: "leads", labelNames: ["name"], registers: [registry] }).set({ name: "x" }, 1);
    const base = await serve(metricsRoutes(registry));
    const response = await fetch(`${base}/metrics`);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    expect(await response.text()).toContain('leader_election_master_status{name="x"} 1');
  });

  test("hides the cause of a failure", async () => {
    const registry = new Registry();
    const broken = new Gauge({
      name: "broken",
      help: "breaks",
      registers: [],
      collect: () => {
        throw new Error("postgres://u:planted@db");
      },
    });
    registry.registerMetric(broken);
    const base = await serve(metricsRoutes(registry));
    const response = await fetch(`${base}/metrics`);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("internal error\n");
  });
});

describe("listening", () => {
  test("says which port is taken", async () => {
    const base = await serve(healthRoutes([], []));
    const port = Number(new URL(base).port);
    await expect(listen(port, healthRoutes([], []))).rejects.toThrow(`can't listen on port ${port}`);
  });

  test("ends although a client keeps its connection open", async () => {
    const server = await listen(0, healthRoutes([], []));
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ port: server.port, path: "/healthz", headers: { connection: "keep-alive" } }, (response) => {
        response.resume().on("end", resolve);
      });
      request.on("error", reject).end();
    });
    await server.close();
    await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow("fetch failed");
  });
});
