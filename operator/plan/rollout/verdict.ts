/** What an analysis says of one metric. */
export interface Verdict {
  /** errorRate (percent), latencyP99 (milliseconds), restarts, oomKills, or query/NAME. */
  readonly name: string;
  readonly result: "pass" | "fail" | "inconclusive" | "dry-run";
  readonly value?: number;
  readonly limit?: number;
  /** A clause for a tired operator. */
  readonly message: string;
}

/** Makes a verdict. */
export function verdict(name: string, result: Verdict["result"], more: Omit<Verdict, "name" | "result">): Verdict {
  return { name, result, ...more };
}

/** Verdicts that several metrics share. */
export const judged = {
  /** Not enough requests to judge by. */
  tooFew(name: string, requests: number, minRequests: number): Verdict {
    const message = `the candidate has answered ${Math.round(requests)} of the ${minRequests} requests that a judgement needs`;
    return { name, result: "inconclusive", message };
  },
} as const;

/** A number with three significant digits, or as many more as it takes to be seen as different from its limit. */
export function showNumber(value: number, limit?: number): string {
  for (let digits = 3; digits <= 15; digits += 1) {
    const shown = Number(value.toPrecision(digits));
    if (limit === undefined || value === limit || shown !== limit) return String(shown);
  }
  return String(value);
}

/** A count with its noun in the right number. */
export function quantify(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}
