import { createHash } from "node:crypto";
import { isTree } from "./tree.ts";

/** JSON with the keys of every map in alphabetical order, so that the order in which a value was written does not count. */
export function canonicalJson(value: unknown): string {
  const sorted = (_key: string, item: unknown): unknown =>
    isTree(item) ? Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1))) : item;
  return JSON.stringify(value, sorted) ?? "";
}

/** The first hexadecimal digits of the SHA-256 of a text. */
export function hashText(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

/** The first hexadecimal digits of the SHA-256 of a JSON value; neither the order of keys nor undefined fields matter. */
export function hashValue(value: unknown, digits: number): string {
  return hashText(canonicalJson(value), digits);
}
