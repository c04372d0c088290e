import { z } from "zod";
import { read } from "../base/read.ts";

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

/** A DNS subdomain, as names of objects are. */
export const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name of a port (IANA_SVC_NAME, at most 15 characters). */
export function portName() {
  return matching(
    15,
    /^([0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    "must be the name of a port: lower-case letters and digits with at least one letter, and single '-' between them",
  );
}

/** The name of another Kubernetes object (DNS subdomain, at most 253 characters). */
export function objectName() {
  return matching(
    253,
    OBJECT_NAME,
    "must be the name of an object: lower-case letters, digits, '-' and '.', each part between dots beginning and ending with a letter or digit",
  );
}

/** A directory that something is mounted on (at most 1024 characters). */
export function mountPath() {
  return matching(1024, /^\/[^\s:]*$/, "must be an absolute path: begin with '/' and hold no spaces and no ':'");
}

/** The path of an HTTP request, with a query or without (at most 1024 characters). */
export function requestPath() {
  return matching(
    1024,
    /^\/([-A-Za-z0-9/._~!$&'()*+,;=:@?]|%[0-9a-fA-F]{2})*$/,
    "must be the path of a request: begin with '/'; spaces and other special characters are written as %20 and so on, and '#' is never sent",
  );
}

/** A prefix of paths as routers take it (at most 1024 characters): https://gateway-api.sigs.k8s.io/reference/spec/#httppathmatch. */
export function routePath() {
  const letter = "([-A-Za-z0-9._~!$&'()*+,;=:@]|%([013-9a-fA-F][0-9a-fA-F]|2[0-9a-eA-E]))";
  const notOnlyDots = `(${letter.replace("._~", "_~")}${letter}*|\\.${letter.replace("._~", "_~")}${letter}*|\\.\\.${letter}+)`;
  return matching(
    1024,
    new RegExp(`^/(${notOnlyDots}/)*(${notOnlyDots})?$`),
    "must be a prefix of paths as routers take it, such as /ws: begin with '/', without '//', '/./', '/../', '%2F', '?' and '#'",
  );
}

/** A whole number within bounds, both allowed. */
export function integer(min: number, max: number) {
  return z.int("must be a whole number").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
}

/** A percentage, 0 to 100 unless set otherwise; fractions are allowed. */
export function percent(min = 0, max = 100) {
  return z.number("must be a number").min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
}

/** A list of bounded length. */
export function list<T extends z.ZodType>(item: T, max: number) {
  return z.array(item).max(max, `must have at most ${max} entries`);
}

/** A list whose entries are distinguished by their `name`, which is how server-side apply merges it. */
export function listByName<T extends z.ZodType>(item: T, max: number) {
  return listByKeys(item, max, ["name"]);
}

/** A list whose entries are distinguished by some of their fields, which is how server-side apply merges it. */
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
    const identity = JSON.stringify(keys.map((key) => read(entry, key)));
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

const MAX_MAP_ENTRIES = 50;

/** Labels: keys and values as the API server takes them. */
export function labelMap() {
  return keyedMap(labelValue());
}

/** What the value of a label looks like. */
export const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** The value of a label or taint. */
export function labelValue() {
  return matching(
    63,
    LABEL_VALUE,
    "must be the value of a label: letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
  );
}

/** Annotations: keys as the API server takes them, values of a bounded length. */
export function annotationMap(maxValueLength: number) {
  return keyedMap(z.string().max(maxValueLength, `must be at most ${maxValueLength} characters long`));
}

const QUALIFIED_NAME =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const KEY_MESSAGE =
  "must be a key such as team or example.com/team: an optional domain in lower case with '/', then at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit";

/** Whether a text can be the key of a label, annotation or taint. */
export function isQualifiedName(key: string): boolean {
  return QUALIFIED_NAME.test(key) && key.length <= 317 && key.slice(0, Math.max(0, key.indexOf("/"))).length <= 253;
}

/** The key of a label, annotation or taint. */
export function qualifiedName() {
  return matching(317, QUALIFIED_NAME, KEY_MESSAGE);
}

function keyedMap<T extends z.ZodType<string>>(value: T) {
  return z
    .record(z.string(), value)
    .superRefine((map, context) => {
      for (const key of Object.keys(map).filter((each) => !isQualifiedName(each))) {
        context.addIssue({ code: "custom", path: [key], message: `is no possible key: ${KEY_MESSAGE}` });
      }
      if (Object.keys(map).length > MAX_MAP_ENTRIES) {
        context.addIssue({ code: "custom", message: `must have at most ${MAX_MAP_ENTRIES} entries` });
      }
    })
    .meta({
      maxProperties: MAX_MAP_ENTRIES,
      "x-kubernetes-validations": [
        { rule: "self.all(key, !format.qualifiedName().validate(key).hasValue())", message: `has an impossible key: each ${KEY_MESSAGE}` },
      ],
    });
}

/** An object that is passed through as it is, because another project defines its fields. */
export function passthrough() {
  return z.looseObject({}).meta({ "x-kubernetes-preserve-unknown-fields": true });
}
