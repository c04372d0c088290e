import { expect, test } from "vitest";
import { timeRun } from "./timing.ts";
import { readSlice } from "./traffic-watch.ts";

const load = { sent: 1000, failed: 3, perFailure: { "status 500": 3 } };
const stable = ["a", "b"];
const at = (seconds: number, ...more: readonly string[]) => ({ atMs: seconds * 1000, pods: [...stable, ...more] });

test("counts from the change, and back to 0 % is the later of the decision and the last pod that left", () => {
  const sharing = [at(0), at(14, "c"), at(18), at(20, "c"), at(23)];
  const times = timeRun({ appliedMs: 10_000, sharing, verdict: { what: "sent back", atMs: 21_540 }, load });
  expect(times).toEqual({ outcome: "sent back", ready: 4, decided: 11.5, gone: 13, ...load });
});

test("a pod that left by itself is not gone before the decision", () => {
  const times = timeRun({ appliedMs: 10_000, sharing: [at(0), at(14, "c"), at(18)], verdict: { what: "sent back", atMs: 30_000 }, load });
  expect(times.gone).toBe(20);
});

test("a pod that still gets requests is not gone", () => {
  const times = timeRun({ appliedMs: 10_000, sharing: [at(0), at(14, "c")], verdict: { what: "sent back", atMs: 15_000 }, load });
  expect(times.gone).toBeUndefined();
});

test("what never got requests is back when it is decided", () => {
  const times = timeRun({ appliedMs: 10_000, sharing: [at(0)], verdict: { what: "sent back", atMs: 15_000 }, load });
  expect(times).toMatchObject({ ready: undefined, decided: 5, gone: 5 });
});

test("what is only reported is not back", () => {
  const times = timeRun({ appliedMs: 10_000, sharing: [at(0)], verdict: { what: "reported", atMs: 40_000 }, load });
  expect(times).toMatchObject({ outcome: "reported", decided: 30, gone: undefined });
});

test("nothing decided is reported as nothing", () => {
  const times = timeRun({ appliedMs: 10_000, sharing: [at(0)], verdict: undefined, load });
  expect(times).toMatchObject({ outcome: "nothing", decided: undefined, gone: undefined });
});

test("readSlice takes ready endpoints only", () => {
  expect(readSlice("shop-x1|a b c|true false true")).toEqual({ slice: "shop-x1", pods: ["a", "c"] });
  expect(readSlice("shop-x1||")).toEqual({ slice: "shop-x1", pods: [] });
});
