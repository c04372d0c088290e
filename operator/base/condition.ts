import { read, readList, readString } from "./read.ts";

/** A condition as every Kubernetes kind writes it. */
export interface ObjectCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The object's condition of that type, where it has one. */
export function condition(object: unknown, type: string): ObjectCondition | undefined {
  const entry = readList(read(object, "status", "conditions")).find((each) => read(each, "type") === type);
  if (entry === undefined) return undefined;
  return {
    type,
    status: readString(read(entry, "status")) ?? "Unknown",
    reason: readString(read(entry, "reason")) ?? "",
    message: readString(read(entry, "message")) ?? "",
  };
}

/** The condition where its status is "True". */
export function conditionIsTrue(object: unknown, type: string): ObjectCondition | undefined {
  const found = condition(object, type);
  return found?.status === "True" ? found : undefined;
}

/** The condition of that type in a typed status, where it has one. */
export function conditionOf<C extends { readonly type: string }>(
  status: { readonly conditions?: readonly C[] | undefined } | undefined,
  type: C["type"],
): C | undefined {
  return status?.conditions?.find((each) => each.type === type);
}
