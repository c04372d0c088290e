import { join } from "node:path";
import { execa } from "execa";
import { beforeAll, expect, test } from "vitest";
import { buildGoProgram } from "../e2e/cluster/index.ts";
import { stringify } from "yaml";
import { REQUEST_ACTIONS, REQUESTS, requestAnnotation, type RequestAction } from "../operator/api/requests.ts";
import type { ScalableAppStatus } from "../operator/api/status.ts";
import { gitOpsSituations, type GitOpsSituation } from "../operator/testing/gitops-situations.ts";
import { expectGolden } from "../operator/testing/golden.ts";

const root = join(import.meta.dirname, "..");

interface Verdict {
  readonly fixture: string;
  readonly kstatus: string;
  readonly health: string;
  readonly message: string;
  /** The actions that Argo CD offers. */
  readonly enabled: readonly string[] | null;
  /** The annotation that each action writes. */
  readonly writes: Readonly<Record<string, string>>;
}

let verdicts: readonly Verdict[] = [];
let applications: readonly Verdict[] = [];

/** kstatus is a Go library, and Argo CD runs Lua by another one; Go keeps what it has compiled. */
beforeAll(async () => {
  const program = join(root, ".work/gitops-check/check");
  await buildGoProgram(join(root, "gitops/check"), program);
  verdicts = await check("gitops/fixtures", "gitops/argo-cd/argocd-cm.yaml");
  applications = await check("gitops/cell-fixtures", "gitops/argo-cd/argocd-cm-cells.yaml");

  async function check(fixtures: string, settings: string): Promise<readonly Verdict[]> {
    const { stdout } = await execa(program, [join(root, fixtures), join(root, settings)]);
    return stdout.split("\n").map((line) => JSON.parse(line) as Verdict);
  }
}, 600_000);

test("kstatus and Argo CD make of every status what a reviewer reads here", () => {
  const lines = verdicts.map(
    ({ fixture, kstatus, health, message, enabled }) =>
      `${fixture}: ${kstatus} for kstatus, ${health} for Argo CD\n  ${message}\n  actions: ${(enabled ?? []).join(", ")}\n`,
  );
  expectGolden(new URL("../gitops/check/verdicts.golden", import.meta.url), lines.join("\n"));
});

test("both see one truth: Argo CD differs only where a person is waited for", () => {
  const same: Readonly<Record<string, string>> = {
    Current: "Healthy",
    InProgress: "Progressing",
    Failed: "Degraded",
    Terminating: "Progressing",
  };
  expect(verdicts.length).toBeGreaterThan(15);
  const others = verdicts.filter(({ kstatus, health }) => same[kstatus] !== health);
  expect(others.map(({ fixture, health }) => [fixture, health])).toEqual([
    ["canary-at-gate", "Suspended"],
    ["canary-paused", "Suspended"],
    ["frozen", "Suspended"],
    ["suspended", "Suspended"],
  ]);
});

test("each action of Argo CD writes the annotation of its request", () => {
  const wanted = Object.fromEntries(REQUEST_ACTIONS.map((action) => [action, requestAnnotation(action)]));
  for (const { fixture, writes } of verdicts) expect(writes, fixture).toEqual(wanted);
});

/** What a platform team copies into the tree of Argo CD is proven there in this form. */
test("the tests in Argo CD's own form say the same", () => {
  const input = (fixture: string) => `../fixtures/${fixture}.yaml`;
  const tests = verdicts.map(({ fixture, health, message }) => ({ healthStatus: { status: health, message }, inputPath: input(fixture) }));
  const discoveryTests = verdicts.map(({ fixture, enabled }) => ({
    inputPath: input(fixture),
    result: REQUEST_ACTIONS.map((name) => ({ name, displayName: REQUESTS[name], disabled: enabled?.includes(name) !== true })),
  }));
  const header = "# Written by the tests of this repository; see docs/gitops.md.\n";
  const write = (name: string, content: object) =>
    expectGolden(new URL(`../gitops/argo-cd/${name}`, import.meta.url), header + stringify(content, { lineWidth: 0 }));
  write("health_test.yaml", { tests });
  write("action_test.yaml", { discoveryTests });
});

/** What the operator does about a request in a situation. */
function isDone({ cluster }: GitOpsSituation, action: RequestAction): boolean {
  const asked = cluster();
  asked.ask(action, "of-this-test");
  asked.record(`a user asks for ${action}`);
  const { requests } = asked.app()["status"] as ScalableAppStatus;
  return requests?.find((request) => request.action === action && request.id === "of-this-test")?.outcome === "done";
}

/** Where a release waits already, another pause is answered, and stops nothing. */
const useless: Readonly<Record<string, readonly RequestAction[]>> = { "canary-paused": ["pause"], "canary-at-gate": ["pause"] };

test.each(Object.entries(gitOpsSituations))("Argo CD offers in the situation %s what the operator would do", (name, situation) => {
  const enabled = verdicts.find(({ fixture }) => fixture === name)?.enabled ?? [];
  const answered = situation.answersNobody === true ? [] : REQUEST_ACTIONS.filter((action) => isDone(situation, action));
  expect(enabled).toEqual(answered.filter((action) => useless[name]?.includes(action) !== true));
});

test("in waves, an Application speaks for its cell only once Argo CD has compared and synced what it is to have", () => {
  expect(Object.fromEntries(applications.map(({ fixture, health }) => [fixture, health]))).toEqual({
    new: "Progressing",
    "released-not-compared": "Progressing",
    "released-after-rollback": "Progressing",
    "compared-not-synced": "Progressing",
    "sync-asked-for": "Progressing",
    "sync-of-before-failed": "Progressing",
    syncing: "Progressing",
    "sync-failed": "Degraded",
    "rolling-out": "Progressing",
    "waiting-for-a-person": "Suspended",
    "rolled-back": "Degraded",
    healthy: "Healthy",
  });
  const { message } = applications.find(({ fixture }) => fixture === "rolled-back") ?? {};
  expect(message).toBe("ReleaseQuarantined: release 45f0353bf1 of the spec is quarantined");
});
