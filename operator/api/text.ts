import { z } from "zod";
import { valueAt } from "./tree.ts";

/** Text of a bounded length (in characters) that is not empty. */
export function text(max: number) {
  return z.string().min(1, "must not be empty").max(max, `must be at most ${max} characters long`);
}

/** Text that must match a pattern; the message says in words what to write instead. */
export function matching(max: number, pattern: RegExp, message: string) {
  return z.string().max(max, `must be at most ${max} characters long`).regex(pattern, message).meta({ patternMessage: message });
}

/** A DNS label: what Kubernetes accepts as a short name. */
export function dnsLabel(max = 63) {
  return matching(
    max,
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
    "must be lower-case letters, digits and '-', beginning and ending with a letter or digit",
  );
}

/** The name of another Kubernetes object (DNS subdomain, at most 253 characters). */
export function objectName() {
  return matching(
    253,
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "must be the name of an object: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
  );
}

/** An absolute path on a file system or in a URL (at most 1024 characters). */
export function absolutePath() {
  return matching(1024, /^\/[^\s]*$/, "must be an absolute path: begin with '/' and hold no spaces");
}

/** A whole number within bounds, both allowed. */
export function integer(min: number, max: number) {
  return z.int("must be a whole number").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
}

/** A percentage, 0 to 100 unless told otherwise; fractions are allowed. */
export function percent(min = 0, max = 100) {
  return z.number("must be a number").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
}

/** A list of bounded length. */
export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max, `must have at most ${max} entries`);
}

/** A list whose entries are told apart by their `name`, which is how server-side apply merges it. */
export function listByName<T extends z.ZodType>(item: T, max: number) {
  return listByKeys(item, max, ["name"]);
}

/** A list whose entries are told apart by some of their fields, which is how server-side apply merges it. */
export function listByKeys<T extends z.ZodType>(item: T, max: number, keys: readonly string[]) {
  return list(item, max)
    .superRefine((entries, context) => {
      for (const index of repeatedEntries(entries, keys)) {
        context.addIssue({
          code: "custom",
          path: [index, keys[0] ?? ""],
          message: `is given twice: give every entry its own ${keys.join(" and ")}`,
        });
      }
    })
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [...keys] });
}

function repeatedEntries(entries: readonly unknown[], keys: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    const identity = JSON.stringify(keys.map((key) => valueAt(entry, [key])));
    if (seen.has(identity)) {
      return [index];
    }
    seen.add(identity);
    return [];
  });
}

/** A list of distinct plain values. */
export function setOf<T extends z.ZodType>(item: T, max: number) {
  return list(item, max)
    .refine((values) => new Set(values).size === values.length, "holds a value twice: remove one")
    .meta({ "x-kubernetes-list-type": "set" });
}

/** A map of text to text of bounded size, such as labels. */
export function textMap(maxEntries: number, maxValueLength: number) {
  return z
    .record(z.string().min(1).max(317), z.string().max(maxValueLength, `must be at most ${maxValueLength} characters long`))
    .refine((map) => Object.keys(map).length <= maxEntries, `must have at most ${maxEntries} entries`)
    .meta({ maxProperties: maxEntries });
}

/** An object that is passed through as it is, because another project defines its fields. */
export function passthrough() {
  return z.looseObject({}).meta({ "x-kubernetes-preserve-unknown-fields": true });
}
