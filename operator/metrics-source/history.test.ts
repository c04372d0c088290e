import { describe, expect, test } from "vitest";
import { createHistory } from "./history.ts";
import type { History, PodReport, RoundEnd } from "./history.ts";
import type { Totals } from "./totals.ts";
import type { SideBySide } from "../measurement/measurement.ts";
import type { SampledPod } from "../measurement/sampling-job.ts";

const TRIAL = 1_000_000;

function pod(name: string, more: Partial<SampledPod> = {}): SampledPod {
  return { pod: name, address: "10.0.0.1", ready: true, restarts: 0, createdMs: 0, ...more };
}

interface ReportOptions extends Partial<Totals> {
  readonly of?: Partial<SampledPod>;
}

function report(name: string, requests: number, { of, ...totals }: ReportOptions = {}): PodReport & { ok: true } {
  const value = { requests, errors: 0, withoutStatus: 0, buckets: [], seconds: NaN, declared: true, routesUnknown: false, malformed: 0 };
  return { target: pod(name, of), ok: true, value: { ...value, ...totals } };
}

function failed(name: string, reason = "the connection is refused", of: Partial<SampledPod> = {}): PodReport {
  return { target: pod(name, of), ok: false, reason };
}

function round(history: History, atMs: number, reports: Partial<SideBySide<readonly PodReport[]>>, more: Partial<RoundEnd> = {}): void {
  for (const release of ["stable", "candidate"] as const) {
    history.take(release, reports[release] ?? [], atMs, { trialStartedMs: TRIAL, live: true });
  }
  history.endRound({ atMs, queries: {}, probes: { stable: {}, candidate: {} }, problems: {}, ...more });
}

const candidatePod = { of: { createdMs: TRIAL + 5000 } };

test("each round holds what is new since the one before, and no request is in two", () => {
  const history = createHistory(TRIAL);
  round(history, TRIAL, { stable: [report("s1", 1000, { errors: 10 }), report("s2", 500)], candidate: [report("c1", 40, candidatePod)] });
  round(history, TRIAL + 10_000, {
    stable: [report("s1", 1100, { errors: 11 }), report("s2", 600)],
    candidate: [report("c1", 60, { errors: 4 })],
  });
  round(history, TRIAL + 20_000, { stable: [report("s1", 1100, { errors: 11 })], candidate: [report("c1", 60, { errors: 4 })] });
  expect(history.rounds()).toMatchObject([
    { stable: { requests: 0, errors: 0 }, candidate: { requests: 40, errors: 0 } },
    { fromMs: TRIAL, toMs: TRIAL + 10_000, stable: { requests: 200, errors: 1 }, candidate: { requests: 20, errors: 4 } },
    { fromMs: TRIAL + 10_000, toMs: TRIAL + 20_000, stable: { requests: 0, errors: 0 }, candidate: { requests: 0, errors: 0 } },
  ]);
});

test("ids rise from round to round, also where two end at once and after a restart of the operator", () => {
  const before = createHistory(TRIAL);
  for (const atMs of [TRIAL, TRIAL, TRIAL + 10]) round(before, atMs, {});
  const after = createHistory(TRIAL + 20_000);
  round(after, TRIAL + 20_000, {});
  const ids = [...before.rounds(), ...after.rounds()].map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  expect(ids).toEqual(ids.toSorted((a, b) => a - b));
});

test("the newest 60 rounds are kept", () => {
  const history = createHistory(0);
  for (let index = 0; index < 100; index += 1) round(history, index * 1000, { candidate: [report("c1", index)] });
  expect(history.rounds()).toHaveLength(60);
  expect(history.rounds().at(-1)).toMatchObject({ toMs: 99_000, candidate: { requests: 1 } });
});

describe("a pod's counts of before it was first seen", () => {
  test.each([
    ["a candidate pod that began within the trial", "candidate", TRIAL + 5000, 50],
    ["a candidate pod whose creation was rounded to before the trial", "candidate", TRIAL - 900, 50],
    ["a candidate pod of an earlier trial", "candidate", TRIAL - 3_600_000, 0],
    ["a stable pod that began within the trial", "stable", TRIAL + 5000, 0],
  ] as const)("%s", (_, release, createdMs, requests) => {
    const history = createHistory(TRIAL + 60_000);
    round(history, TRIAL + 60_000, { [release]: [report("p1", 50, { of: { createdMs } })] });
    expect(history.rounds()[0]?.[release].requests).toBe(requests);
  });

  test("are in a round that says that it reaches back so far", () => {
    const history = createHistory(TRIAL + 60_000);
    round(history, TRIAL + 60_000, { stable: [report("s1", 50)], candidate: [report("c1", 50, candidatePod)] });
    round(history, TRIAL + 70_000, { candidate: [report("c1", 51)] });
    expect(history.rounds()).toMatchObject([{ fromMs: TRIAL + 5000 }, { fromMs: TRIAL + 60_000 }]);
  });
});

describe("a pod that", () => {
  test("is out of sight for some rounds is counted once when it is back", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, { candidate: [report("c1", 10, candidatePod)] });
    round(history, TRIAL + 10_000, {});
    round(history, TRIAL + 20_000, { candidate: [failed("c1")] });
    round(history, TRIAL + 3_600_000, { candidate: [report("c1", 90, candidatePod)] });
    expect(history.rounds().map(({ candidate }) => candidate.requests)).toEqual([10, 0, 0, 80]);
  });

  test("comes between two rounds is in the next", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, {});
    expect(history.isNew("c1")).toBe(true);
    history.take("candidate", [report("c1", 5, candidatePod)], TRIAL + 3000, { trialStartedMs: TRIAL, live: true });
    expect(history.isNew("c1")).toBe(false);
    round(history, TRIAL + 10_000, { candidate: [report("c1", 25, candidatePod)] });
    expect(history.rounds().at(-1)?.candidate.requests).toBe(25);
  });

  test("reports other metrics from now on is not counted again", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, { candidate: [report("c1", 10, candidatePod)] });
    history.forgetTotals(["c1", "unknown"]);
    round(history, TRIAL + 10_000, { candidate: [report("c1", 12, candidatePod)] });
    round(history, TRIAL + 20_000, { candidate: [report("c1", 15, candidatePod)] });
    expect(history.rounds().map(({ candidate }) => candidate.requests)).toEqual([10, 0, 3]);
  });

  test("rises and falls gives no counts, and says why", () => {
    const history = createHistory(TRIAL);
    [100, 40, 101, 41, 102].forEach((requests, index) => round(history, TRIAL + index * 10_000, { stable: [report("s1", requests)] }));
    expect(history.rounds().at(-1)?.stable.requests).toBe(0);
    const { stable } = history.visibility({ stable: [pod("s1")], candidate: [] });
    expect(stable).toMatchObject({ reporting: 0, silent: [{ pod: "s1", reason: expect.stringContaining("several processes") }] });
  });
});

describe("what can be seen", () => {
  function seen(history: History, asked: readonly SampledPod[]): unknown {
    return history.visibility({ stable: [], candidate: asked }).candidate;
  }

  test("pods are silent that never reported, or failed twice in a row", () => {
    const history = createHistory(TRIAL);
    const asked = [pod("c1"), pod("c2")];
    round(history, TRIAL, { candidate: [report("c1", 50), failed("c2")] });
    expect(seen(history, asked)).toMatchObject({ pods: 2, reporting: 1, silent: [{ pod: "c2", reason: "the connection is refused" }] });
    round(history, TRIAL + 10_000, { candidate: [failed("c1"), report("c2", 0)] });
    expect(seen(history, asked)).toMatchObject({ reporting: 2, silent: [] });
    round(history, TRIAL + 20_000, { candidate: [failed("c1", "no answer within 2000 ms"), report("c2", 0)] });
    expect(seen(history, asked)).toMatchObject({ reporting: 1, silent: [{ pod: "c1", reason: "no answer within 2000 ms" }] });
    round(history, TRIAL + 30_000, { candidate: [report("c1", 60), report("c2", 0)] });
    expect(seen(history, asked)).toMatchObject({ reporting: 2, silent: [] });
  });

  test("pods that are not ready owe nothing, but their requests count", () => {
    const history = createHistory(TRIAL);
    const away = { ready: false, createdMs: TRIAL };
    round(history, TRIAL, { candidate: [failed("c1", "the connection is refused", away), report("c2", 7, { of: away })] });
    expect(seen(history, [pod("c1", away), pod("c2", away)])).toMatchObject({ pods: 0, reporting: 0, silent: [] });
    expect(history.rounds()[0]?.candidate.requests).toBe(7);
  });

  test.each([
    ["no pod names the metric", [report("c1", 0, { declared: false })], { undeclared: true, reporting: 1 }],
    ["one pod names it", [report("c1", 0, { declared: false }), report("c2", 0)], { undeclared: false, reporting: 2 }],
    ["no series has a route", [report("c1", 5, { routesUnknown: true }), report("c2", 0)], { routesUnknown: true }],
    ["one pod's series have routes", [report("c1", 5, { routesUnknown: true }), report("c2", 5)], { routesUnknown: false }],
    ["no pod at all", [], { pods: 0, undeclared: false, routesUnknown: false, sharedStore: false }],
  ])("%s", (_, reports, expected) => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, { candidate: reports });
    expect(
      seen(
        history,
        reports.map(({ target }) => target),
      ),
    ).toMatchObject(expected);
  });

  test("the problem of the source, as long as it lasts", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, {}, { problems: { candidate: "Prometheus does not answer" } });
    expect(seen(history, [])).toMatchObject({ problem: "Prometheus does not answer" });
    round(history, TRIAL + 10_000, {});
    expect(seen(history, [])).not.toHaveProperty("problem");
  });
});

describe("a shared store is found", () => {
  const shared = (requests: number): Partial<SideBySide<PodReport[]>> => ({
    stable: [report("s1", requests, { seconds: requests * 0.1 })],
    candidate: [report("c1", requests, { seconds: requests * 0.1 })],
  });
  const asked = { stable: [pod("s1")], candidate: [pod("c1")] };

  test("after two rounds in which the same numbers rose", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, shared(10));
    expect(history.visibility(asked).candidate.sharedStore).toBe(false);
    round(history, TRIAL + 10_000, shared(20));
    expect(history.visibility(asked)).toMatchObject({ stable: { sharedStore: true }, candidate: { sharedStore: true } });
    round(history, TRIAL + 20_000, shared(20));
    expect(history.visibility(asked).candidate.sharedStore).toBe(true);
  });

  test.each([
    [
      "different numbers",
      (index: number) => ({ stable: report("s1", 10 + index, { seconds: 1 }), candidate: report("c1", index, { seconds: 1 }) }),
    ],
    [
      "the same number of requests, of other durations",
      (index: number) => ({ stable: report("s1", index, { seconds: index }), candidate: report("c1", index, { seconds: index + 0.1 }) }),
    ],
    ["the same numbers without durations", (index: number) => ({ stable: report("s1", index), candidate: report("c1", index) })],
    ["the same numbers that do not rise", () => ({ stable: report("s1", 0, { seconds: 0 }), candidate: report("c1", 0, { seconds: 0 }) })],
  ])("but not in %s", (_, reports) => {
    const history = createHistory(TRIAL);
    for (let index = 1; index < 6; index += 1) {
      const { stable, candidate } = reports(index);
      round(history, TRIAL + index * 10_000, { stable: [stable], candidate: [candidate] });
    }
    expect(history.visibility(asked)).toMatchObject({ stable: { sharedStore: false }, candidate: { sharedStore: false } });
  });

  test("and stays found when requests come between two scrapes, but not when the pods count apart", () => {
    const history = createHistory(TRIAL);
    round(history, TRIAL, shared(10));
    round(history, TRIAL + 10_000, shared(20));
    const found = [3, 4, 5, 6, 7].map((index) => {
      const [stable, candidate] = [report("s1", index * 10, { seconds: index }), report("c1", index * 10 + 1, { seconds: index + 0.1 })];
      round(history, TRIAL + index * 10_000, { stable: [stable], candidate: [candidate] });
      return history.visibility(asked).candidate.sharedStore;
    });
    expect(found).toEqual([true, true, true, true, false]);
  });
});
