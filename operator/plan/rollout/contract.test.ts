import { describe, expect, test } from "vitest";
import type { ContractStatus, ReleaseStatus } from "../../api/status.ts";
import { observe as look, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { decideRelease } from "./next-step.ts";
import type { RolloutObservation } from "./observation.ts";

const job = "shop-contract-a";
const seen = { afterSeconds: 300, job: { state: "pending", job } as const, othersRun: false, older: ["z"] };
const begun: ContractStatus = { release: "a", state: "Running", at: "2026-11-27T08:05:00Z", olderReleases: ["z"] };
const message = "frozen by hand";

/** Release a is stable for ten minutes, and its contract migration is due after five. */
function observe(parts: Partial<RolloutObservation> = {}, release: Partial<ReleaseStatus> = {}): RolloutObservation {
  return look({ contract: seen, status: { release: releaseOf(release) }, ...parts });
}

describe("a contract migration", () => {
  test("begins when its time has come, and is written down before its Job exists", () => {
    const { changed, reason, release, placement } = decideRelease(observe());
    expect({ changed, reason }).toEqual({ changed: true, reason: "ContractRunning" });
    expect(release.contract).toEqual({ release: "a", state: "Running", at: seenAt, olderReleases: ["z"] });
    expect(placement.contract).toBe("a");
  });

  test("looks again when its time comes", () => {
    const { changed, requeueAfterMs } = decideRelease(observe({}, { stableSince: "2026-11-27T08:06:00Z" }));
    expect({ changed, requeueAfterMs }).toEqual({ changed: false, requeueAfterMs: 60_000 });
  });

  test.each<[string, Partial<RolloutObservation>, Partial<ReleaseStatus>?]>([
    ["the release has none", { contract: undefined }],
    ["its time has not come", {}, { stableSince: "2026-11-27T08:06:00Z" }],
    ["it has run", {}, { contract: { ...begun, state: "Succeeded" } }],
    ["it has failed", {}, { contract: { ...begun, state: "Failed" } }],
    ["a freeze is on", { freeze: { message } }],
    ["the app is suspended", { suspended: true }, { phase: "Suspended" }],
    ["something that the app needs is missing", { blocked: "Secret x is missing" }],
    ["another migration runs", { otherMigration: { job: "shop-migrate-b", begun: true } }],
    ["pods of the release are not ready", { stableWeb: track({ rolledOut: false, ready: 3 }) }],
    ["a worker is still of another release", { workers: [track({ name: "shop-worker", release: "z" })] }],
    ["pods of another release still drain", { contract: { ...seen, othersRun: true } }],
    ["a new release is wanted", { desired: "b" }],
  ])("does not begin while %s", (_, parts, release = {}) => {
    const decision = decideRelease(observe(parts, release));
    expect(decision.reason).not.toBe("ContractRunning");
    expect(decision.placement).not.toHaveProperty("contract");
  });

  test("yields to a rollback that is asked for at the same moment", () => {
    const { handled, release } = decideRelease(observe({ requests: [{ action: "rollback", id: "1", release: "z" }] }));
    expect(handled).toMatchObject([{ action: "rollback", outcome: "done" }]);
    expect(release).not.toHaveProperty("contract");
  });

  test("keeps what earlier ones left behind, and what it returned to", () => {
    const earlier: ContractStatus = { release: "y", state: "Succeeded", at: seenAt, olderReleases: ["x", "a"] };
    expect(decideRelease(observe({}, { contract: earlier })).release.contract?.olderReleases).toEqual(["x", "z"]);
  });

  test("whose Job stands though the status was lost is taken up again", () => {
    const running = { ...seen, job: { state: "running", job } as const, othersRun: true };
    expect(decideRelease(observe({ contract: running }, { stableSince: seenAt })).reason).toBe("ContractRunning");
  });

  test.each([
    ["done", { state: "done", job }, "Succeeded"],
    ["failed", { state: "failed", job, why: "exit code 1" }, "Failed"],
    ["under way", { state: "running", job }, "Running"],
  ] as const)("whose Job is %s is reported so", (_, state, expected) => {
    const decision = decideRelease(observe({ contract: { ...seen, job: state } }, { contract: begun }));
    expect(decision.release.contract?.state).toBe(expected);
    expect(decision.changed).toBe(false);
  });

  test("of a release whose stored form is gone holds nothing for ever", () => {
    expect(decideRelease(observe({ contract: undefined }, { contract: begun })).release.contract?.state).toBe("Failed");
  });
});

describe("after a contract migration has begun", () => {
  const ask = (action: "rollback" | "retry" | "override-contract", release?: string) => [{ action, id: "1", ...(release && { release }) }];
  const pending: Partial<ReleaseStatus> = { candidate: "z", phase: "Pending" };

  test.each(["Running", "Succeeded", "Failed"] as const)("(%s) nothing returns to a release before it", (state) => {
    for (const release of [undefined, "z"]) {
      const { handled, release: after } = decideRelease(
        observe({ requests: ask("rollback", release) }, { contract: { ...begun, state }, previous: "z" }),
      );
      expect(handled).toMatchObject([
        { outcome: "refused", message: expect.stringContaining("release z needs the schema that the contract migration of release a") },
      ]);
      expect(after).not.toHaveProperty("candidate");
    }
  });

  test("a newer release is returned to only when it has ended", () => {
    const parts = { requests: ask("rollback", "b"), stored: ["z", "b", "a"] };
    expect(decideRelease(observe(parts, { contract: begun })).handled).toMatchObject([
      { outcome: "refused", message: "the contract migration of release a runs (Job shop-contract-a): ask again when it has ended" },
    ]);
    expect(decideRelease(observe(parts, { contract: { ...begun, state: "Succeeded" } })).handled).toMatchObject([{ outcome: "done" }]);
  });

  test("a new release waits for its end", () => {
    const running = { ...seen, job: { state: "running", job } as const };
    const waits = decideRelease(observe({ desired: "b", contract: running }, { candidate: "b", phase: "Pending", contract: begun }));
    expect(waits).toMatchObject({
      state: "Pending",
      changed: false,
      release: { message: expect.stringContaining("waits until the contract migration of release a") },
    });
    const done = { ...seen, job: { state: "done", job } as const };
    const goes = decideRelease(observe({ desired: "b", contract: done }, { candidate: "b", phase: "Pending", contract: begun }));
    expect(goes).toMatchObject({ changed: true, release: { phase: "RollingOut", contract: { state: "Succeeded" } } });
  });

  test("a spec that asks for a release before it is held, until a user overrides that", () => {
    const contract: ContractStatus = { ...begun, state: "Succeeded" };
    const held = decideRelease(observe({ desired: "z" }, { ...pending, contract }));
    expect(held).toMatchObject({ changed: false, reason: "SchemaContracted", placement: { stable: "a" } });
    expect(held.release.message).toContain("change the spec (fix forward), or use the override-contract request");
    const overridden = decideRelease(observe({ desired: "z", requests: ask("override-contract") }, { ...pending, contract }));
    expect(overridden).toMatchObject({ handled: [{ outcome: "done" }], release: { phase: "Pending", contract: { olderReleases: [] } } });
    const refused = decideRelease(observe({ requests: ask("override-contract") }, { contract }));
    expect(refused.handled).toMatchObject([{ outcome: "refused", message: "no contract migration holds a release" }]);
  });

  test("a failed one is tried again when asked for, once what is left of it is gone", () => {
    const failed = { ...seen, job: { state: "failed", job, why: "exit code 1" } as const };
    const contract: ContractStatus = { ...begun, state: "Failed" };
    const asked = decideRelease(observe({ contract: failed, requests: ask("retry") }, { contract }));
    expect(asked).toMatchObject({ handled: [{ outcome: "done" }], release: { contract: { state: "Waiting", olderReleases: ["z"] } } });
    expect(asked.discards).toMatchObject({ contract: "a" });
    const waiting: ContractStatus = { ...begun, state: "Waiting" };
    expect(decideRelease(observe({ contract: failed }, { contract: waiting })).changed).toBe(false);
    expect(decideRelease(observe({}, { contract: waiting, stableSince: seenAt }))).toMatchObject({
      reason: "ContractRunning",
      release: { contract: { state: "Running", at: seenAt } },
    });
  });
});
