import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sendJson, status, TOKEN } from "../kube/testing/fake-api-server.ts";
import { appObject, stable, statusWith } from "../testing/cli-apps.ts";
import { startCliCluster } from "../testing/cli-cluster.ts";
import type { CliCluster } from "../testing/cli-cluster.ts";

let cluster: CliCluster;
beforeEach(async () => {
  cluster = await startCliCluster();
}, 60_000);
afterEach(() => cluster.server.close());

describe("what goes wrong is reported in one line with its remedy:", () => {
  function expectOneLine(answer: { status: number; error: string; out: string }, words: RegExp): void {
    expect(answer).toMatchObject({ status: 1, out: "" });
    expect(answer.error).toMatch(words);
    expect(answer.error.trimEnd().split("\n")).toHaveLength(1);
    expect(answer.error).not.toContain(TOKEN);
  }

  test("an app that does not exist, beside those that do", async () => {
    cluster.apps = [appObject(undefined, {}, { name: "shop-eu" }), appObject(undefined, {}, { name: "billing" })];
    expectOneLine(
      await cluster.run("status", "shop"),
      /^there is no ScalableApp shop in namespace retail: it holds shop-eu, billing; name another one with -n$/mu,
    );
  });

  test("a namespace without apps", async () => {
    expectOneLine(await cluster.run("history", "shop"), /the namespace holds none; name another one with -n/u);
  });

  test("a cluster without the definition", async () => {
    cluster.server.handle((_request, response) =>
      sendJson(response, 404, status(404, "NotFound", "the server could not find the requested resource")),
    );
    expectOneLine(await cluster.run("abort", "shop"), /^https:\/\/127\.0\.0\.1:\d+ knows no ScalableApps: install the operator's chart/u);
  });

  test("a right that is missing, with the role that has it", async () => {
    cluster.apps = [appObject(statusWith(stable))];
    cluster.refusals = { PATCH: 403 };
    expectOneLine(
      await cluster.run("abort", "shop"),
      /^you may not patch scalableapps\.scalableapp\.dev in namespace retail: ask for the role "edit".*the test says 403/u,
    );
    cluster.refusals = { GET: 403 };
    expectOneLine(await cluster.run("status", "shop"), /^you may not get scalableapps.*the role "view"/u);
  });

  test("credentials that have expired", async () => {
    cluster.refusals = { GET: 401 };
    expectOneLine(await cluster.run("status", "shop"), /does not accept the credentials: log in again/u);
  });

  test("an API server that is down", async () => {
    const { kubeConfig } = cluster.server;
    cluster.server.handle((_request, response) => void response.destroy());
    expectOneLine(
      await cluster.run("status", "shop", "--kubeconfig", kubeConfig),
      /^https:\/\/127\.0\.0\.1:\d+ cannot be reached \(.*check the network/u,
    );
  });

  test("an API server in trouble", async () => {
    cluster.refusals = { GET: 500 };
    expectOneLine(await cluster.run("status", "shop"), /is in trouble, try again later: the test says 500/u);
  });

  test("a context that does not exist", async () => {
    expectOneLine(await cluster.run("status", "shop", "--context", "prod"), /has no context "prod": it has fake$/mu);
  });

  test("a kubeconfig that cannot be read", async () => {
    expectOneLine(
      await cluster.run("status", "shop", "--kubeconfig", "/nowhere/config"),
      /^cannot read the kubeconfig file \/nowhere\/config/u,
    );
  });
});
