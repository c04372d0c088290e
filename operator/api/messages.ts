import type { z } from "zod";

type RawIssue = z.core.$ZodRawIssue;

const NAMES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "an object",
  record: "an object",
  string: "text (put it in quotes where it looks like a number)",
};

/** Says in words what to change where a schema itself names no message. */
export function problemMessage(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required: add it" : `must be ${NAMES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be one of ${issue.values.map(String).join(", ")}`;
    case "invalid_key":
      return "has a key that is empty or too long: shorten it";
    default:
      return undefined;
  }
}
