import { test } from "vitest";
import { mustReport } from "../../testing/golden-story.ts";
import { apply, ask, rolloutOf, type Happening } from "../../testing/rollout-story.ts";

const steps = [
  { weight: 5, pauseSeconds: 20 },
  { weight: 25, pauseSeconds: 20 },
  { weight: 50, pauseSeconds: 20 },
];
const rolling = rolloutOf({ strategy: "rolling", bakeSeconds: 60 });
const canary = rolloutOf({ strategy: "canary", bakeSeconds: 60, canary: { steps } });
const good = { a: {}, b: {}, c: {} };

test("a failed migration holds the release, and a retry starts it afresh", () => {
  const releases = { ...good, b: { migration: "failed" as const } };
  mustReport("migration-failed", { rollout: canary, releases }, [apply("b"), ask("retry", 60)]);
});

test("a new spec waits until the migration of the one before has ended", () => {
  const releases = { ...good, b: { migration: "slow" as const }, c: { migration: "done" as const } };
  mustReport("migration-superseded", { rollout: rolling, releases, quiesce: true }, [
    apply("b"),
    apply("c", ({ jobs }) => jobs.running.includes("b")),
  ]);
});

test("a migration that never started makes room for the next one", () => {
  const releases = { ...good, b: { migration: "stuck" as const }, c: { migration: "done" as const } };
  mustReport("migration-not-started", { rollout: rolling, releases }, [apply("b"), apply("c", 40)]);
});

const isContracted: Happening["at"] = ({ persisted: { release } }) => release?.contract?.state === "Succeeded";

test("a contract migration runs once, and nothing returns to a release before it", () => {
  mustReport("contract", { rollout: rolling, releases: { ...good, b: { contract: "done" } } }, [
    apply("b"),
    ask("rollback", isContracted),
    apply("a", ({ persisted: { requests } }) => requests.some(({ action }) => action === "rollback")),
    ask("override-contract", ({ persisted: { release } }) => release?.phase === "Pending"),
  ]);
});

test("a failed contract migration leaves the app alone, and a retry runs it again", () => {
  mustReport("contract-failed", { rollout: rolling, releases: { ...good, b: { contract: "failed" } } }, [
    apply("b"),
    ask("retry", ({ persisted: { release } }) => release?.contract?.state === "Failed"),
  ]);
});

test("a release waits until a contract migration has ended", () => {
  mustReport("contract-running", { rollout: rolling, releases: { ...good, b: { contract: "slow" }, c: { contract: "done" } } }, [
    apply("b"),
    ask("rollback", ({ contracts }) => contracts.running.includes("b"), "a"),
    apply("c", ({ persisted: { requests } }) => requests.some(({ action }) => action === "rollback")),
  ]);
});

test("a freeze holds a contract migration", () => {
  const message = "the window friday of rollout.freeze is open until 2026-11-27T08:04:00Z";
  mustReport("contract-frozen", { rollout: rolling, releases: { ...good, a: { contract: "done" } } }, [
    { at: 0, says: "a freeze begins", does: (cluster) => (cluster.freeze = { message, until: "2026-11-27T08:04:00Z" }) },
    { at: 240, says: "the freeze ends", does: (cluster) => (cluster.freeze = undefined) },
  ]);
});
