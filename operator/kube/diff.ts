/** True when every field that `intended` sets is present in `live` with an equal meaning (quantities by value, keyed lists by key). */
export function isSubset(_intended: unknown, _live: unknown): boolean {
  throw new Error("not implemented yet");
}

/** The paths at which `live` differs from `intended`, at most `limit` of them. */
export function differences(_intended: unknown, _live: unknown, _limit = 10): readonly string[] {
  throw new Error("not implemented yet");
}

/** A stable hash (16 hex characters) of a JSON value; key order does not matter. */
export function hashObject(_intended: unknown): string {
  throw new Error("not implemented yet");
}
