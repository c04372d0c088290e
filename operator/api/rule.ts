import { z } from "zod";

/** A rule over several fields, written twice side by side: for the API server (CEL) and for the parser. */
export interface Rule<T> {
  /** The rule in the API server's expression language; `self` is the object. */
  readonly cel: string;
  /** The same rule over the parsed value. */
  readonly holds: (value: T) => boolean;
  /** What to change. */
  readonly message: string;
  /** The field to blame, below the object. Default: the object itself. */
  readonly field?: string;
}

/** Adds rules over several fields to a schema. */
export function withRules<T extends z.ZodType>(schema: T, rules: readonly Rule<z.output<T>>[]) {
  return schema
    .superRefine((value, context) => {
      for (const rule of rules.filter((each) => !each.holds(value))) {
        context.addIssue({ code: "custom", path: rule.field === undefined ? [] : rule.field.split("."), message: rule.message });
      }
    })
    .meta({ "x-kubernetes-validations": rules.map(celRule) });
}

/** A rule as it stands in the CRD. */
export function celRule(rule: Pick<Rule<never>, "cel" | "message" | "field">): Readonly<Record<string, string>> {
  return { rule: rule.cel, message: rule.message, ...(rule.field === undefined ? {} : { fieldPath: `.${rule.field}` }) };
}

/** A field in the rule language, or its static default: an update through the scale subresource is checked before defaults are filled in. */
export function celValue(field: string, fallback: number | string): string {
  return `(has(self.${field}) ? self.${field} : ${typeof fallback === "string" ? `'${fallback}'` : fallback})`;
}

/** A list of texts in the rule language; the texts hold no quotes. */
export function celList(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(", ")}]`;
}

/** The rule that exactly one of some optional fields is given. */
export function exactlyOne(fields: readonly string[]): Rule<Readonly<Record<string, unknown>>> {
  const count = `[${fields.map((field) => `has(self.${field})`).join(", ")}].filter(given, given).size()`;
  return {
    cel: `${count} == 1`,
    holds: (value) => fields.filter((field) => value[field] !== undefined).length === 1,
    message: `must have exactly one of ${fields.slice(0, -1).join(", ")} and ${fields.at(-1)}`,
  };
}

/** The rule that two optional fields are not given both. */
export function notBoth(kept: string, other: string): Rule<Readonly<Record<string, unknown>>> {
  return {
    cel: `!(has(self.${kept}) && has(self.${other}))`,
    holds: (value) => value[kept] === undefined || value[other] === undefined,
    message: `excludes ${other}: remove one of both`,
    field: kept,
  };
}

interface WindowFields {
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly cron?: string | undefined;
  readonly duration?: string | undefined;
}

/** The rules of a window of time: either start and end, or cron and duration. */
export const WINDOW_RULES: readonly Rule<WindowFields>[] = [
  {
    cel: "has(self.start) == has(self.end) && has(self.cron) == has(self.duration) && has(self.start) != has(self.cron)",
    holds: ({ start, end, cron, duration }) =>
      (start === undefined) === (end === undefined) &&
      (cron === undefined) === (duration === undefined) &&
      (start === undefined) !== (cron === undefined),
    message: "must have either start and end (a single window) or cron and duration (a repeated one)",
  },
  {
    cel: "!has(self.start) || !has(self.end) || self.start < self.end",
    holds: ({ start, end }) => start === undefined || end === undefined || start < end,
    message: "must be later than start",
    field: "end",
  },
];

interface ReplicaBounds {
  readonly minReplicas?: number | undefined;
  readonly maxReplicas?: number | undefined;
}

/** The rule that the floor is not above the ceiling. */
export const REPLICA_BOUNDS_RULE: Rule<ReplicaBounds> = {
  cel: "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas",
  holds: ({ minReplicas, maxReplicas }) => minReplicas === undefined || maxReplicas === undefined || minReplicas <= maxReplicas,
  message: "must not be above maxReplicas: lower it, or raise maxReplicas",
  field: "minReplicas",
};
