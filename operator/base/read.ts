/** A condition as every Kubernetes kind writes it. */
export interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

type Tree = Readonly<Record<string, unknown>>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

/** Walks an untyped object; undefined as soon as a step is missing. */
export function read(from: unknown, ...path: readonly string[]): unknown {
  let at = from;
  for (const step of path) {
    if (!isTree(at)) return undefined;
    at = at[step];
  }
  return at;
}

/** The value where it is a string. */
export function readString(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The value where it is a number, else 0, which is what Kubernetes means when it leaves a count out. */
export function readCount(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** The value where it is a list. */
export function readList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The object's condition of that type, where it has one. */
export function condition(object: unknown, type: string): ObjectCondition | undefined {
  for (const entry of readList(read(object, "status", "conditions"))) {
    if (read(entry, "type") !== type) continue;
    return {
      type,
      status: readString(read(entry, "status")) ?? "Unknown",
      reason: readString(read(entry, "reason")) ?? "",
      message: readString(read(entry, "message")) ?? "",
    };
  }
  return undefined;
}

/** The condition where its status is "True". */
export function conditionIsTrue(object: unknown, type: string): ObjectCondition | undefined {
  const found = condition(object, type);
  return found?.status === "True" ? found : undefined;
}
