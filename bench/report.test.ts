import { expect, test } from "vitest";
import { cases } from "./cases.ts";
import { report, type Measured } from "./report.ts";

function measured(id: string, who: string, times: Partial<Measured["times"]>): Measured {
  const found = cases.find((one) => one.id === id)!;
  const none = { outcome: "sent back", ready: undefined, decided: undefined, gone: undefined, sent: 100, failed: 1, perFailure: {} };
  return { case: found, who, times: { ...none, ...times } };
}

test("the table has a row for each release and controller, with the middle of its rounds", () => {
  const rounds = [3, 9, 4].map((decided) => measured("errors", "ScalableApp", { ready: 1, decided, gone: decided + 1 }));
  const text = report(rounds);
  expect(text).toMatch(/20 % of answers are 5xx \| ScalableApp \| sent back \| 3\.0 s after ready \| 4\.0 s after ready \| 1 of 100/);
  expect(text).toContain("decided 3.0 s after its first answers; the goal is 10 s");
});

test("controllers are compared where both did the same, else it is said what each did", () => {
  const text = report([
    measured("start", "ScalableApp", { decided: 5, gone: 5 }),
    measured("start", "Argo Rollouts", { decided: 30, gone: 30 }),
    measured("crash", "ScalableApp", { decided: 5, gone: 5 }),
    measured("crash", "Argo Rollouts", { outcome: "nothing" }),
  ]);
  expect(text).toContain("crashes at its start: Argo Rollouts takes 6.0 times as long, counted from apply");
  expect(text).toMatch(/crashes after 6 s.*: ScalableApp sent back, Argo Rollouts nothing/);
  expect(text).toMatch(/Argo Rollouts \| nothing +\| never/);
});
