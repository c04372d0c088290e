import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appObject, atGate, quarantined, stable, statusWith } from "../testing/cli-apps.ts";
import { collection, startCliCluster } from "../testing/cli-cluster.ts";
import type { CliCluster } from "../testing/cli-cluster.ts";

let cluster: CliCluster;
beforeEach(async () => {
  cluster = await startCliCluster();
}, 60_000);
afterEach(() => cluster.server.close());

describe("status", () => {
  test("shows one app, and asks for nothing but that", async () => {
    cluster.apps = [appObject(statusWith(atGate))];
    const { status: exit, out, error } = await cluster.run("status", "shop");
    expect({ exit, error }).toEqual({ exit: 0, error: "" });
    expect(out).toContain("Phase       Canary, step 2 of 3, weight 25 %, for 8m\n");
    expect(cluster.server.requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([`GET ${collection}/shop`]);
  });

  test("-o json prints the status as the API server has it", async () => {
    cluster.apps = [appObject(quarantined)];
    expect(JSON.parse((await cluster.run("status", "shop", "-o", "json")).out)).toMatchObject({ outcome: "failed", status: quarantined });
  });

  test.each([
    ["stable", statusWith(stable), 0],
    ["failed", quarantined, 1],
  ] as const)("--watch ends with a release that is %s, and reports each change once", async (_, last, exit) => {
    cluster.apps = [appObject(statusWith(atGate))];
    let looks = 0;
    cluster.onRequest = () => {
      looks += 1;
      if (looks === 4) cluster.apps = [appObject(last)];
    };
    const { status: answered, out, error } = await cluster.run("status", "shop", "--watch");
    expect({ answered, error }).toEqual({ answered: exit, error: "" });
    expect(out.split("\n").map((line) => line.slice(0, 15))).toEqual([
      "12:00:00 Canary",
      exit === 0 ? "12:00:00 Stable" : "12:00:00 Failed",
      "",
    ]);
  });

  test("--watch outlives an API server that is away for a while", async () => {
    cluster.apps = [appObject(statusWith(stable))];
    cluster.refusals = { GET: 503 };
    let looks = 0;
    cluster.onRequest = () => {
      looks += 1;
      if (looks === 8) cluster.refusals = {};
    };
    expect(await cluster.run("status", "shop", "--watch")).toMatchObject({ status: 0, error: "" });
  });

  test("--watch ends in time", async () => {
    cluster.apps = [appObject(statusWith(atGate))];
    const { status: exit, error } = await cluster.run("status", "shop", "--watch", "--timeout", "50ms");
    expect(exit).toBe(2);
    expect(error).toMatch(/^shop: the release has not ended in time; it goes on/u);
  });

  test("--timeout without --watch, or without a unit, is reported", async () => {
    expect((await cluster.run("status", "shop", "--timeout", "5s")).error).toBe("--timeout needs --watch\n");
    expect((await cluster.run("status", "shop", "--timeout", "5")).error).toContain("a number above 0 and a unit, such as 30s");
  });
});
