import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceCounters, forgetTotals, MAX_FALLS } from "./pod-counter.ts";
import type { PodCounters, PodReading } from "./pod-counter.ts";
import type { Totals } from "./totals.ts";

const PAGE = { withoutStatus: 0, buckets: [], seconds: NaN, declared: true, routesUnknown: false, malformed: 0 };

function totals(requests: number, started?: number, errors = 0): Totals {
  return { ...PAGE, requests, errors, ...(started === undefined ? {} : { startedSeconds: started }) };
}

type Look = Partial<PodReading> & { readonly totals: Totals };

/** What is counted at each of several looks at one pod, 10 s apart. */
function count(looks: readonly Look[], more: Partial<PodReading> = {}): readonly number[] {
  let counters: PodCounters | undefined;
  return looks.map((look, index) => {
    const reading = { restarts: 0, atMs: index * 10_000, countFromStart: false, live: true, ...more, ...look };
    const advance = advanceCounters(counters, reading);
    counters = advance.counters;
    return advance.counts.requests;
  });
}

describe("the first look", () => {
  test("at a pod from before the trial counts nothing", () => {
    expect(count([{ totals: totals(500) }, { totals: totals(520) }])).toEqual([0, 20]);
  });

  test("at a pod that began within the trial counts all", () => {
    expect(count([{ totals: totals(50) }, { totals: totals(70) }], { countFromStart: true })).toEqual([50, 20]);
  });
});

describe("a restart counts each request once", () => {
  const cases: readonly [string, readonly Look[], Partial<PodReading>, readonly number[]][] = [
    [
      "that is known before the look",
      [{ totals: totals(100) }, { totals: totals(7), restarts: 1 }, { totals: totals(9), restarts: 1 }],
      {},
      [0, 7, 2],
    ],
    [
      "that is known only after the look",
      [{ totals: totals(100) }, { totals: totals(7) }, { totals: totals(9), restarts: 1 }, { totals: totals(12), restarts: 1 }],
      {},
      [0, 0, 9, 3],
    ],
    [
      "that is known long after",
      [{ totals: totals(100) }, { totals: totals(7) }, { totals: totals(9) }, { totals: totals(9), restarts: 1 }],
      {},
      [0, 0, 2, 7],
    ],
    [
      "after which more were counted than before, as far as that is certain",
      [{ totals: totals(5) }, { totals: totals(70), restarts: 1 }],
      {},
      [0, 65],
    ],
    [
      "twice between two looks",
      [{ totals: totals(100) }, { totals: totals(7), restarts: 2 }, { totals: totals(9), restarts: 2 }],
      {},
      [0, 7, 2],
    ],
    [
      "that Prometheus has not seen yet",
      [
        { totals: totals(100) },
        { totals: totals(100), restarts: 1 },
        { totals: totals(7), restarts: 1 },
        { totals: totals(9), restarts: 1 },
      ],
      { live: false },
      [0, 0, 7, 2],
    ],
    [
      "that Prometheus saw first",
      [{ totals: totals(100) }, { totals: totals(7) }, { totals: totals(9), restarts: 1 }],
      { live: false },
      [0, 0, 9],
    ],
    [
      "by the start of the process",
      [{ totals: totals(100, 5000) }, { totals: totals(120, 5060), restarts: 1 }, { totals: totals(125, 5060), restarts: 1 }],
      {},
      [0, 120, 5],
    ],
    [
      "by the start of the process, before it is known",
      [{ totals: totals(100, 5000) }, { totals: totals(7, 5060) }, { totals: totals(9, 5060), restarts: 1 }],
      {},
      [0, 7, 2],
    ],
    [
      "not by a start that jitters",
      [{ totals: totals(100, 5000) }, { totals: totals(120, 5000.6) }, { totals: totals(125, 4999.8) }],
      {},
      [0, 20, 5],
    ],
  ];
  test.each(cases)("%s", (_, looks, more, expected) => {
    expect(count(looks, more)).toEqual(expected);
  });
});

describe("several processes behind one port", () => {
  test("are followed each by its start", () => {
    const looks = [totals(100, 10), totals(40, 20), totals(103, 10), totals(41, 20), totals(104, 10)];
    const expected = [0, 0, 3, 1, 1];
    expect(count(looks.map((each) => ({ totals: each, atMs: 1_000_000 })))).toEqual(expected);
  });

  test("are counted from their start in a pod that began within the trial", () => {
    const looks = [totals(10, 10), totals(4, 20), totals(13, 10)];
    expect(
      count(
        looks.map((each) => ({ totals: each })),
        { countFromStart: true },
      ),
    ).toEqual([10, 4, 3]);
  });

  test("that began in the same second are followed each, once both were seen", () => {
    const looks = [totals(100, 10.1), totals(40, 10.2), totals(101, 10.1), totals(43, 10.2), totals(103, 10.1)];
    expect(count(looks.map((each) => ({ totals: each })))).toEqual([0, 0, 1, 3, 2]);
  });

  test("without a start, falls add up until they are not trusted", () => {
    let counters: PodCounters | undefined;
    for (const requests of [100, 40, 101, 41]) {
      counters = advanceCounters(counters, { totals: totals(requests), restarts: 0, atMs: 0, countFromStart: false, live: true }).counters;
    }
    expect(counters?.falls).toBeGreaterThanOrEqual(MAX_FALLS);
  });
});

test("without restarts nothing is lost, however many looks are missed", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.boolean()), { minLength: 1, maxLength: 40 }), (rounds) => {
      let sent = 0;
      const looks = rounds.flatMap(([requests, isSeen], index) => {
        sent += requests;
        return isSeen || index === rounds.length - 1 ? [{ totals: totals(sent) }] : [];
      });
      expect(count(looks, { countFromStart: true }).reduce((sum, requests) => sum + requests, 0)).toBe(sent);
    }),
  );
});

test("a process that forgets series gives nothing instead of less than nothing", () => {
  const looks = [totals(100, 10, 5), totals(90, 10, 2), totals(95, 10, 2)];
  expect(count(looks.map((each) => ({ totals: each })))).toEqual([0, 0, 5]);
});

test("other metrics begin anew, without what was counted before", () => {
  const first = advanceCounters(undefined, { totals: totals(50), restarts: 0, atMs: 0, countFromStart: true, live: true });
  const forgotten = forgetTotals(first.counters);
  const second = advanceCounters(forgotten, { totals: totals(48), restarts: 0, atMs: 1, countFromStart: true, live: true });
  expect(second.counts.requests).toBe(0);
  const third = advanceCounters(second.counters, { totals: totals(50), restarts: 0, atMs: 2, countFromStart: true, live: true });
  expect(third.counts.requests).toBe(2);
});

describe("whatever happens to a pod", () => {
  // An event between two looks: requests, then perhaps a restart, which becomes known now or one look later.
  const event = fc.record({
    requests: fc.nat(20),
    errors: fc.nat(20),
    restart: fc.constantFrom("none", "none", "none", "known", "late"),
    isSeen: fc.boolean(),
  });

  test.each([
    ["with a start time", true],
    ["without one", false],
  ])("no request counts twice, and no more errors than requests: %s", (_, hasStart) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let counters: PodCounters | undefined;
        let [requests, errors, restarts, known, started] = [0, 0, 0, 0, 1000];
        let [sent, counted] = [0, 0];
        for (const [index, each] of events.entries()) {
          known = restarts;
          if (each.restart !== "none") {
            [requests, errors, restarts, started] = [0, 0, restarts + 1, 1000 + index * 10];
            if (each.restart === "known") known = restarts;
          }
          requests += each.requests + each.errors;
          errors += each.errors;
          sent += each.requests + each.errors;
          // A restart that is not known when the pod is seen follows by itself in the next round, not two rounds later.
          if (!each.isSeen && each.restart !== "late") continue;
          const page = totals(requests, hasStart ? started : undefined, errors);
          const advance = advanceCounters(counters, {
            totals: page,
            restarts: known,
            atMs: index * 10_000,
            countFromStart: true,
            live: true,
          });
          counters = advance.counters;
          counted += advance.counts.requests;
          expect(advance.counts.errors).toBeLessThanOrEqual(advance.counts.requests);
        }
        expect(counted).toBeLessThanOrEqual(sent);
      }),
    );
  });
});
