import type { z } from "zod";
import { didYouMean } from "./nearest.ts";

type RawIssue = z.core.$ZodRawIssue;

const NAMES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "text",
};

/** Says in words what to change where a schema itself names no message; the library's own words never reach the user. */
export function problemMessage(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required: add it" : `must be ${NAMES[issue.expected] ?? issue.expected}${typeHint(issue)}`;
    case "invalid_value":
      return issue.input === undefined ? "is required: add it" : `must be one of ${wordsOf(issue.values)}${valueHint(issue)}`;
    case "invalid_key":
      return "has a key that is empty or too long: shorten it";
    case "too_big":
      return `must be at most ${issue.maximum}${unitOf(issue.origin)}`;
    case "too_small":
      return `must be at least ${issue.minimum}${unitOf(issue.origin)}`;
    default:
      return "has a value that is not possible here: see the field's description in docs/reference/scalableapp.md";
  }
}

function wordsOf(values: readonly unknown[]): string {
  return values.map(String).join(", ");
}

function valueHint({ input, values }: Extract<RawIssue, { readonly code: "invalid_value" }>): string {
  return typeof input === "string" ? didYouMean(input, values.map(String)) : "";
}

/** Why a value has not the type that its author thought. */
function typeHint({ expected, input }: Extract<RawIssue, { readonly code: "invalid_type" }>): string {
  if (expected === "string" && typeof input === "number") return ` (put it in quotes: "${input}")`;
  if (expected === "string" && typeof input === "boolean")
    return ` (put it in quotes: yes, no, on, off, y and n are truth values to kubectl)`;
  if (expected === "boolean" && typeof input === "string") return " (without quotes)";
  if (["int", "number"].includes(expected) && typeof input === "string") return " (without quotes)";
  if (expected === "array" && (typeof input === "string" || typeof input === "number")) return ` (such as [${input}])`;
  return "";
}

function unitOf(origin: string): string {
  return origin === "string" ? " characters long" : origin === "array" || origin === "set" ? " entries long" : "";
}
