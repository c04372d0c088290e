import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../kube/object.ts";
import { createHastyClock } from "../kube/testing/fake-clock.ts";
import { sendJson, startFakeApiServer, status, TOKEN } from "../kube/testing/fake-api-server.ts";
import type { FakeApiServer, ReceivedRequest } from "../kube/testing/fake-api-server.ts";
import { appObject, at, atGate, lookedAt, quarantined, stable, statusWith } from "../testing/cli-apps.ts";
import { expectGolden } from "../testing/golden.ts";
import { runCommandLine } from "./commands.ts";

const collection = "/apis/scalableapp.dev/v1alpha1/namespaces/retail/scalableapps";
const revisionsPath = "/apis/apps/v1/namespaces/retail/controllerrevisions";

let server: FakeApiServer;
/** What the API server holds; a test may change it at every request. */
let apps: KubeObject[] = [];
let revisions: KubeObject[] = [];
/** The operator, as it were: it sees every request and may change what is held. */
let operator: (request: ReceivedRequest) => void = () => undefined;
let refusals: Record<string, number> = {};

// The library that reads kubeconfigs takes seconds to load on a busy machine.
beforeAll(async () => void (await import("@kubernetes/client-node")), 60_000);
beforeEach(async () => {
  [apps, revisions, refusals, operator] = [[], [], {}, () => undefined];
  server = await startFakeApiServer((request, response) => {
    const { method, url, body } = request;
    operator(request);
    const refused = refusals[method];
    if (refused !== undefined) return sendJson(response, refused, status(refused, "Forbidden", `the test says ${refused}`));
    if (url.pathname === collection) return sendJson(response, 200, { metadata: { resourceVersion: "1" }, items: apps });
    if (url.pathname === revisionsPath) return sendJson(response, 200, { metadata: { resourceVersion: "1" }, items: revisions });
    const found = apps.find(({ metadata }) => url.pathname === `${collection}/${metadata.name}`);
    if (!found) return sendJson(response, 404, status(404, "NotFound", "not found"));
    if (method === "PATCH") annotate(found, JSON.parse(body).metadata.annotations);
    sendJson(
      response,
      200,
      apps.find(({ metadata }) => metadata.name === found.metadata.name),
    );
  });
});
afterEach(() => server.close());

function annotate(app: KubeObject, annotations: Record<string, string>): void {
  const changed = { ...app, metadata: { ...app.metadata, annotations: { ...app.metadata.annotations, ...annotations } } };
  apps = apps.map((each) => (each === app ? changed : each));
}

/** Answers the request that stands in the annotations, at the next look. */
function answering(outcome: "done" | "refused", message?: string): void {
  operator = ({ method }) => {
    const [app] = apps;
    const [request] = Object.entries(app?.metadata.annotations ?? {});
    if (method !== "GET" || !app || !request) return;
    const [annotation, id] = request;
    const answer = { action: annotation.replace("scalableapp.dev/", ""), id, outcome, at: at("12:00:00"), ...(message && { message }) };
    apps = [{ ...app, status: { ...(app["status"] as object), requests: [answer] } }];
  };
}

async function run(...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const written = { out: "", error: "" };
  const terminal = {
    out: (text: string) => void (written.out += text),
    error: (text: string) => void (written.error += text),
  };
  const clock = { ...createHastyClock(), wall: () => lookedAt };
  const flags = words.includes("--kubeconfig") ? [] : ["--kubeconfig", server.kubeConfig, "-n", "retail"];
  const exit = await runCommandLine([...words, ...flags], terminal, { clock, env: {} });
  return { status: exit, ...written };
}

function patches(): readonly unknown[] {
  return server.requests.filter(({ method }) => method === "PATCH").map(({ url, body }) => [url.search, JSON.parse(body)]);
}

describe("status", () => {
  test("shows one app, and asks for nothing but that", async () => {
    apps = [appObject(statusWith(atGate))];
    const { status: exit, out, error } = await run("status", "shop");
    expect({ exit, error }).toEqual({ exit: 0, error: "" });
    expect(out).toContain("Phase       Canary, step 2 of 3, 25 % of the requests, for 8m\n");
    expect(server.requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([`GET ${collection}/shop`]);
  });

  test("-o json prints the status as the API server has it", async () => {
    apps = [appObject(quarantined)];
    expect(JSON.parse((await run("status", "shop", "-o", "json")).out)).toMatchObject({ outcome: "failed", status: quarantined });
  });

  test.each([
    ["stable", statusWith(stable), 0],
    ["failed", quarantined, 1],
  ] as const)("--watch ends with a release that is %s, and tells each change once", async (_, last, exit) => {
    apps = [appObject(statusWith(atGate))];
    let looks = 0;
    operator = () => {
      looks += 1;
      if (looks === 4) apps = [appObject(last)];
    };
    const { status: answered, out, error } = await run("status", "shop", "--watch");
    expect({ answered, error }).toEqual({ answered: exit, error: "" });
    expect(out.split("\n").map((line) => line.slice(0, 15))).toEqual([
      "12:00:00 Canary",
      exit === 0 ? "12:00:00 Stable" : "12:00:00 Failed",
      "",
    ]);
  });

  test("--watch outlives an API server that is away for a while", async () => {
    apps = [appObject(statusWith(stable))];
    refusals = { GET: 503 };
    let looks = 0;
    operator = () => {
      looks += 1;
      if (looks === 8) refusals = {};
    };
    expect(await run("status", "shop", "--watch")).toMatchObject({ status: 0, error: "" });
  });

  test("--watch ends in time", async () => {
    apps = [appObject(statusWith(atGate))];
    const { status: exit, error } = await run("status", "shop", "--watch", "--timeout", "50ms");
    expect(exit).toBe(2);
    expect(error).toMatch(/^shop: the release has not ended in time; it goes on/u);
  });

  test("--timeout without --watch, or without a unit, is told", async () => {
    expect((await run("status", "shop", "--timeout", "5s")).error).toBe("--timeout needs --watch\n");
    expect((await run("status", "shop", "--timeout", "5")).error).toContain("a number above 0 and a unit, such as 30s");
  });
});

describe("history", () => {
  const revision = (number: number, release: string, image: string): KubeObject => ({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name: `shop-${release}`, namespace: "retail", creationTimestamp: at(`0${number}:00:00`) },
    revision: number,
    data: {
      release,
      children: [
        {
          role: "web/deployment",
          wave: 2,
          podBearing: true,
          object: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "shop-web", labels: {} },
            spec: { template: { spec: { containers: [{ name: "app", image }] } } },
          },
        },
      ],
    },
  });
  beforeEach(() => {
    apps = [appObject(quarantined)];
    revisions = [revision(3, "91be0a1b2c", "shop:1.4"), revision(4, "5a0c9f8e7d", "shop:1.5"), revision(2, "0d0d0d0d0d", "shop:1.3")];
  });

  test("lists the stored releases, the newest first", async () => {
    revisions.push({ apiVersion: "apps/v1", kind: "ControllerRevision", metadata: { name: "broken" }, data: {} });
    expectGolden(new URL("testdata/history.txt", import.meta.url), (await run("history", "shop")).out);
    expect(server.requests.at(-1)?.url.searchParams.get("labelSelector")).toBe("scalableapp.dev/app=shop");
  });

  test("-o json", async () => {
    const entries: unknown = JSON.parse((await run("history", "shop", "-o", "json")).out);
    expect(entries).toMatchObject([
      { number: 4, release: "5a0c9f8e7d", roles: ["quarantined"], quarantined: { at: at("11:57:55") } },
      { number: 3, release: "91be0a1b2c", roles: ["stable"], image: "shop:1.4", storedAt: at("03:00:00") },
      { number: 2, roles: ["previous"] },
    ]);
  });

  test("says where nothing is stored", async () => {
    revisions = [];
    expect((await run("history", "shop")).out).toBe("shop: no release is stored yet\n");
  });

  test("a rollback takes the number of a release", async () => {
    answering("done");
    expect(await run("rollback", "shop", "--to", "2", "--id", "a")).toMatchObject({ status: 0, error: "" });
    expect(patches()).toEqual([[expect.anything(), { metadata: { annotations: { "scalableapp.dev/rollback": "a:0d0d0d0d0d" } } }]]);
  });

  test("a number that is not stored is told with those that are, and nothing is asked", async () => {
    const { status: exit, error } = await run("rollback", "shop", "--to", "9");
    expect({ exit, error }).toEqual({
      exit: 1,
      error: "shop has no stored release 9: it has 4 (5a0c9f8e7d), 3 (91be0a1b2c), 2 (0d0d0d0d0d)\n",
    });
    expect(patches()).toEqual([]);
  });
});

describe("a verb", () => {
  beforeEach(() => {
    apps = [appObject(statusWith(atGate))];
  });

  test.each([
    ["promote", "promote"],
    ["promote --full", "promote-full"],
    ["promote-full", "promote-full"],
    ["abort", "abort"],
    ["retry", "retry"],
    ["rollback", "rollback"],
    ["pause", "pause"],
    ["resume", "resume"],
    ["skip-step", "skip-step"],
    ["override-freeze", "override-freeze"],
  ])("%s writes the annotation %s alone, in its own name, and tells the answer", async (words, action) => {
    answering("done");
    const { status: exit, out, error } = await run(...words.split(" "), "shop", "--id", "a-1");
    expect({ exit, error }).toEqual({ exit: 0, error: "" });
    expect(out).toMatch(new RegExp(`^shop: ${action} done\nCanary, step 2 of 3`, "u"));
    expect(patches()).toEqual([
      ["?fieldManager=scalable-app-cli", { metadata: { annotations: { [`scalableapp.dev/${action}`]: "a-1" } } }],
    ]);
  });

  test("takes a fresh id each time", async () => {
    answering("done");
    await run("pause", "shop");
    await run("pause", "shop");
    const ids = patches().map((patch) => JSON.stringify(patch));
    expect(ids[0]).toContain('"20261121T120000Z-');
    expect(new Set(ids).size).toBe(2);
  });

  test("that is refused says why and fails", async () => {
    answering("refused", "nothing is paused");
    const { status: exit, error, out } = await run("resume", "shop");
    expect({ exit, error, out }).toEqual({ exit: 1, error: "shop: resume refused: nothing is paused\n", out: "" });
  });

  test("with an id that was answered reports that answer again, and asks for nothing", async () => {
    const answer = { action: "abort", id: "ci-7", outcome: "refused", message: "no release is under way", at: at("11:00:00") } as const;
    apps = [appObject(statusWith(stable, { requests: [answer] }))];
    const { status: exit, error } = await run("abort", "shop", "--id", "ci-7");
    expect({ exit, error }).toEqual({ exit: 1, error: "shop: abort refused, as answered before (id ci-7): no release is under way\n" });
    expect(patches()).toEqual([]);
  });

  test("with an id that stands there unanswered waits for its answer", async () => {
    const [app] = apps;
    if (app) annotate(app, { "scalableapp.dev/promote": "ci-7" });
    answering("done");
    expect(await run("promote", "shop", "--id", "ci-7")).toMatchObject({ status: 0 });
    expect(patches()).toEqual([]);
  });

  test("that the operator does not answer ends in time, and says where to look", async () => {
    const { status: exit, error } = await run("promote", "shop", "--timeout", "50ms", "--id", "a");
    expect(exit).toBe(2);
    expect(error).toMatch(
      /^shop: the operator has not answered promote \(id a\) within 0\.05s\. The request stands.*kubectl get pods -A -l app/u,
    );
  });

  test("does not wait with --no-wait", async () => {
    const { status: exit, out } = await run("promote", "shop", "--no-wait", "--id", "a");
    expect(exit).toBe(0);
    expect(out).toBe("shop: asked for promote (id a); scalable-app status shop -n retail tells what became of it\n");
    expect(server.requests.map(({ method }) => method)).toEqual(["GET", "PATCH"]);
  });

  test("asks nothing of an app that is being deleted", async () => {
    apps = [appObject(statusWith(stable), {}, { deletionTimestamp: at("11:00:00") })];
    expect(await run("promote", "shop")).toMatchObject({
      status: 1,
      error: "shop is being deleted: nothing can be asked of it any more\n",
    });
    expect(patches()).toEqual([]);
  });

  test.each(["a:b", "", "a b", "x".repeat(41)])("refuses the id %j", async (id) => {
    expect((await run("promote", "shop", "--id", id)).error).toContain("must be at most 40 letters, digits");
    expect(server.requests).toEqual([]);
  });
});

describe("what goes wrong is told in one line with its remedy:", () => {
  function expectOneLine(answer: { status: number; error: string; out: string }, words: RegExp): void {
    expect(answer).toMatchObject({ status: 1, out: "" });
    expect(answer.error).toMatch(words);
    expect(answer.error.trimEnd().split("\n")).toHaveLength(1);
    expect(answer.error).not.toContain(TOKEN);
  }

  test("an app that does not exist, beside those that do", async () => {
    apps = [appObject(undefined, {}, { name: "shop-eu" }), appObject(undefined, {}, { name: "billing" })];
    expectOneLine(
      await run("status", "shop"),
      /^there is no ScalableApp shop in namespace retail: it holds shop-eu, billing; name another one with -n$/mu,
    );
  });

  test("a namespace without apps", async () => {
    expectOneLine(await run("history", "shop"), /the namespace holds none; name another one with -n/u);
  });

  test("a cluster without the definition", async () => {
    server.handle((_request, response) =>
      sendJson(response, 404, status(404, "NotFound", "the server could not find the requested resource")),
    );
    expectOneLine(await run("abort", "shop"), /^https:\/\/127\.0\.0\.1:\d+ knows no ScalableApps: install the operator's chart/u);
  });

  test("a right that is missing, with the role that has it", async () => {
    apps = [appObject(statusWith(stable))];
    refusals = { PATCH: 403 };
    expectOneLine(
      await run("abort", "shop"),
      /^you may not patch scalableapps\.scalableapp\.dev in namespace retail: ask for the role "edit".*the test says 403/u,
    );
    refusals = { GET: 403 };
    expectOneLine(await run("status", "shop"), /^you may not get scalableapps.*the role "view"/u);
  });

  test("credentials that have expired", async () => {
    refusals = { GET: 401 };
    expectOneLine(await run("status", "shop"), /does not accept the credentials: log in again/u);
  });

  test("an API server that is down", async () => {
    const { kubeConfig } = server;
    server.handle((_request, response) => void response.destroy());
    expectOneLine(
      await run("status", "shop", "--kubeconfig", kubeConfig),
      /^https:\/\/127\.0\.0\.1:\d+ cannot be reached \(.*check the network/u,
    );
  });

  test("an API server in trouble", async () => {
    refusals = { GET: 500 };
    expectOneLine(await run("status", "shop"), /is in trouble, try again later: the test says 500/u);
  });

  test("a context that does not exist", async () => {
    expectOneLine(await run("status", "shop", "--context", "prod"), /has no context "prod": it has fake$/mu);
  });

  test("a kubeconfig that cannot be read", async () => {
    expectOneLine(await run("status", "shop", "--kubeconfig", "/nowhere/config"), /^cannot read the kubeconfig file \/nowhere\/config/u);
  });
});
