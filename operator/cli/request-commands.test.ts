import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appObject, at, atGate, stable, statusWith } from "../testing/cli-apps.ts";
import { startCliCluster } from "../testing/cli-cluster.ts";
import type { CliCluster } from "../testing/cli-cluster.ts";

let cluster: CliCluster;
beforeEach(async () => {
  cluster = await startCliCluster();
}, 60_000);
afterEach(() => cluster.server.close());

describe("a verb", () => {
  beforeEach(() => {
    cluster.apps = [appObject(statusWith(atGate))];
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
    ["override-contract", "override-contract"],
  ])("%s writes the annotation %s alone, in its own name, and reports the answer", async (words, action) => {
    cluster.answering("done");
    const { status: exit, out, error } = await cluster.run(...words.split(" "), "shop", "--id", "a-1");
    expect({ exit, error }).toEqual({ exit: 0, error: "" });
    expect(out).toMatch(new RegExp(`^shop: ${action} done\nCanary, step 2 of 3`, "u"));
    expect(cluster.patches()).toEqual([
      ["?fieldManager=scalable-app-cli", { metadata: { annotations: { [`scalableapp.dev/${action}`]: "a-1" } } }],
    ]);
  });

  test("takes a fresh id each time", async () => {
    cluster.answering("done");
    await cluster.run("pause", "shop");
    await cluster.run("pause", "shop");
    const ids = cluster.patches().map((patch) => JSON.stringify(patch));
    expect(ids[0]).toContain('"20261121T120000Z-');
    expect(new Set(ids).size).toBe(2);
  });

  test("that is refused says why and fails", async () => {
    cluster.answering("refused", "nothing is paused");
    const { status: exit, error, out } = await cluster.run("resume", "shop");
    expect({ exit, error, out }).toEqual({ exit: 1, error: "shop: resume refused: nothing is paused\n", out: "" });
  });

  test("with an id that was answered reports that answer again, and asks for nothing", async () => {
    const answer = { action: "abort", id: "ci-7", outcome: "refused", message: "no release is under way", at: at("11:00:00") } as const;
    cluster.apps = [appObject(statusWith(stable, { requests: [answer] }))];
    const { status: exit, error } = await cluster.run("abort", "shop", "--id", "ci-7");
    expect({ exit, error }).toEqual({ exit: 1, error: "shop: abort refused, as answered before (id ci-7): no release is under way\n" });
    expect(cluster.patches()).toEqual([]);
  });

  test("with an id that stands there unanswered waits for its answer", async () => {
    cluster.annotate({ "scalableapp.dev/promote": "ci-7" });
    cluster.answering("done");
    expect(await cluster.run("promote", "shop", "--id", "ci-7")).toMatchObject({ status: 0 });
    expect(cluster.patches()).toEqual([]);
  });

  test("that the operator does not answer ends in time, and says where to look", async () => {
    const { status: exit, error } = await cluster.run("promote", "shop", "--timeout", "50ms", "--id", "a");
    expect(exit).toBe(2);
    expect(error).toMatch(
      /^shop: the operator has not answered promote \(id a\) within 0\.05s\. The request stands.*kubectl get pods -A -l app/u,
    );
  });

  test("does not wait with --no-wait", async () => {
    const { status: exit, out } = await cluster.run("promote", "shop", "--no-wait", "--id", "a");
    expect(exit).toBe(0);
    expect(out).toBe("shop: asked for promote (id a); scalable-app status shop -n retail says what became of it\n");
    expect(cluster.server.requests.map(({ method }) => method)).toEqual(["GET", "PATCH"]);
  });

  test("asks nothing of an app that is being deleted", async () => {
    cluster.apps = [appObject(statusWith(stable), {}, { deletionTimestamp: at("11:00:00") })];
    expect(await cluster.run("promote", "shop")).toMatchObject({
      status: 1,
      error: "shop is being deleted: nothing can be asked of it any more\n",
    });
    expect(cluster.patches()).toEqual([]);
  });

  test.each(["a:b", "", "a b", "x".repeat(41)])("refuses the id %j", async (id) => {
    expect((await cluster.run("promote", "shop", "--id", id)).error).toContain("must be at most 40 letters, digits");
    expect(cluster.server.requests).toEqual([]);
  });
});
