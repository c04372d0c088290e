import { describe, expect, test } from "vitest";
import { REQUEST_ACTIONS, type RequestAction } from "../../api/requests.ts";
import { rolloutSchema } from "../../api/rollout.ts";
import type { HandledRequest, QuarantinedRelease, ReleaseStatus } from "../../api/status.ts";
import { expectGolden } from "../../testing/golden.ts";
import { observe, releaseOf, seenAt, track } from "../../testing/rollout-observations.ts";
import { decideRelease } from "./next-step.ts";
import type { RolloutObservation } from "./observation.ts";

const stepStartedAt = "2026-11-27T08:09:00Z";
const canary = releaseOf({ candidate: "b", phase: "Canary", strategy: "canary", step: 0, weight: 5, stepStartedAt });
const bake = releaseOf({ candidate: "b", phase: "Baking", strategy: "canary", weight: 100, phaseStartedAt: stepStartedAt });

/** What requests that are all unanswered lead to, look by look, until each has its answer. */
function play(release: ReleaseStatus, actions: readonly RequestAction[]) {
  const candidateWeb = release.phase === "Canary" ? track({ name: "shop-web-canary", release: "b", desired: 1 }) : undefined;
  const stableWeb = track({ release: release.phase === "Canary" ? "a" : "b" });
  const seen = { desired: "b", rollout: rolloutSchema.parse({ strategy: "canary" }), candidateWeb, stableWeb, stored: ["a", "b"] };
  let status: RolloutObservation["status"] = { release };
  const answers: HandledRequest[] = [];
  for (let look = 0; look < 20 && answers.length < actions.length; look++) {
    const decision = decideRelease(observe({ ...seen, status, requests: actions.map((action) => ({ action, id: "1" })) }));
    answers.push(...decision.handled.map((each) => ({ ...each, at: seenAt })));
    const quarantined: readonly QuarantinedRelease[] = decision.quarantined;
    status = { release: decision.release, quarantined, requests: answers };
  }
  return { answers, release: status.release!, quarantined: status.quarantined ?? [] };
}

const pairs = REQUEST_ACTIONS.flatMap((one, at) => REQUEST_ACTIONS.slice(at + 1).map((other) => [one, other] as const));
const carryOn: readonly RequestAction[] = ["promote", "promote-full", "resume", "skip-step"];

describe.each([
  ["canary", canary],
  ["bake", bake],
])("two requests that were made before either was answered, in a %s", (name, from) => {
  test.each(pairs)("%s and %s: their order in the annotations does not matter where one stops the release", (one, other) => {
    const [straight, turned] = [play(from, [one, other]), play(from, [other, one])];
    const stops = [one, other].some((action) => ["abort", "pause", "rollback"].includes(action));
    expect(straight.answers).toHaveLength(2);
    expect(!stops || JSON.stringify(straight) === JSON.stringify(turned)).toBe(true);
  });

  test.each(carryOn)("%s never wins over an abort, a rollback or a pause", (action) => {
    for (const stop of ["abort", "rollback"] as const) {
      const { answers, release, quarantined } = play(from, [action, stop]);
      expect(answers.map((answer) => [answer.action, answer.outcome])).toEqual([
        [stop, "done"],
        [action, "refused"],
      ]);
      expect(answers[1]?.message).toBe(`the ${stop} request 1 was made too, and comes first: ask again if the release is to go on`);
      expect([release.phase, release.stable, quarantined[0]?.release]).toEqual(["RollingBack", "a", "b"]);
    }
    expect(play(from, [action, "pause"]).release).toMatchObject({ phase: from.phase, pause: { reason: "Manual" } });
  });

  test("are answered as the golden file says", () => {
    const lines = pairs.map((pair) => {
      const { answers, release } = play(from, pair);
      const said = answers.map(({ action, outcome, message }) => `${action} ${outcome}${message === undefined ? "" : ` (${message})`}`);
      return `${pair.join(" + ")}: ${said.join(", ")} -> ${release.phase}${release.pause ? `, paused ${release.pause.reason}` : ""}`;
    });
    expectGolden(new URL(`testdata/request-pairs-${name}.golden`, import.meta.url), `${lines.join("\n")}\n`);
  });
});

test.each(["promote", "promote-full"] as const)("a %s that comes after an abort was granted is refused with the reason", (action) => {
  const aborted = play(canary, ["abort"]);
  const status = { release: aborted.release, quarantined: aborted.quarantined, requests: aborted.answers };
  const late = { desired: "b", status, requests: [{ action, id: "2" }], stored: ["a", "b"] };
  const message = "release b was given up: aborted by request 1; use the retry request to start it again";
  expect(decideRelease(observe(late)).handled).toEqual([{ action, id: "2", outcome: "refused", message }]);
  const over = { ...late, status: { ...status, release: releaseOf({ phase: "Failed" }) } };
  expect(decideRelease(observe(over)).handled[0]?.message).toBe(message);
});

test("a stop that is refused refuses nobody else", () => {
  const promoting = releaseOf({ candidate: "b", phase: "Promoting", strategy: "canary", step: 0, weight: 100 });
  const { answers } = play(promoting, ["pause", "promote"]);
  expect(answers.map(({ action, outcome, message }) => [action, outcome, message?.slice(0, 14)])).toEqual([
    ["pause", "refused", "pods are being"],
    ["promote", "refused", "it is being pr"],
  ]);
});
