import type { Tally } from "./counting-check.ts";

/** A number with as many digits as a reader needs: two significant ones below 10, none behind the point above. */
export function showNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}

/** An upper bound in percent, rounded up, so that what is shown is true. */
export function showBound(percent: number): string {
  return String(roundUp(percent));
}

/** Rounded up to two significant digits, at most 100. */
export function roundUp(percent: number): number {
  if (percent <= 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(percent)) - 1);
  return Math.min(100, Number((Math.ceil(percent / unit - 1e-9) * unit).toPrecision(2)));
}

/** Bad events in percent of all; 0 where there are none. */
export function percentOf({ bad, all }: Tally): number {
  return all > 0 ? (100 * bad) / all : 0;
}

/** Such as "3 of 60 (5 %)"; counts of Prometheus may have fractions. */
export function showTally(tally: Tally): string {
  return `${Math.round(tally.bad)} of ${Math.round(tally.all)} (${showNumber(percentOf(tally))} %)`;
}
