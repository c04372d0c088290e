import { specJsonSchema, statusJsonSchema } from "../../operator/api/crd.ts";
import { API_VERSION, KIND } from "../../operator/api/kind.ts";
import { STAGES } from "../../operator/api/scalable-app.ts";
import { STAGE_DEFAULTS } from "../../operator/api/stage.ts";
import { asText, isTree } from "../../operator/base/tree.ts";
import { read } from "../../operator/base/read.ts";
import type { Tree } from "../../operator/base/tree.ts";
import { table } from "./conditions-reference.ts";

const FIELD_COLUMNS = ["field", "type", "default", "bounds", "description"];

/** The reference of all fields, as Markdown. */
export function fieldsReference(): string {
  return [
    "<!-- Generated from operator/api by `make generate`; never edit. -->",
    `# ${KIND} (\`${API_VERSION}\`)`,
    "The same text stands in the cluster: `kubectl explain scalableapp.spec.web.autoscaling`. A field in bold must be given.",
    "## Stages",
    "`spec.stage` fills in what the user leaves out. Objects are merged key by key; lists and plain values of the user win. `web.replicas` switches the stage's autoscaling off, `redis.cache.enabled: false` its cache, and `redis.queue.enabled: false` its queue.",
    stagesTable(),
    ...section("spec", specJsonSchema()),
    ...section("status", statusJsonSchema()),
  ]
    .join("\n\n")
    .concat("\n");
}

function stagesTable(): string {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["`web.autoscaling.minReplicas`", ["web", "autoscaling", "minReplicas"]],
    ["`web.autoscaling.maxReplicas`", ["web", "autoscaling", "maxReplicas"]],
    ["`web.autoscaling.predictive.enabled`", ["web", "autoscaling", "predictive", "enabled"]],
    ["`web.autoscaling.databaseGuard.enabled`", ["web", "autoscaling", "databaseGuard", "enabled"]],
    ["`postgres.pooler.mode`, where `postgres` is given", ["postgres", "pooler", "mode"]],
    ["`redis.cache`", ["redis", "cache"]],
    ["`redis.queue`", ["redis", "queue"]],
    ["`scheduling.spread`", ["scheduling", "spread"]],
  ];
  return table(
    ["field", ...STAGES],
    rows.map(([name, path]) => [name, ...STAGES.map((stage) => stageValue(read(STAGE_DEFAULTS[stage], ...path)))]),
  );
}

function stageValue(value: unknown): string {
  if (value === undefined) {
    return "-";
  }
  return isTree(value) ? "managed" : asText(value);
}

function section(root: string, schema: Tree): readonly string[] {
  const fields = isTree(schema["properties"]) ? Object.entries(schema["properties"]) : [];
  const required = requiredOf(schema);
  return [
    `## ${root}`,
    table(
      FIELD_COLUMNS,
      fields.map(([name, field]) => row(`${root}.${name}`, field, required.includes(name))),
    ),
    ...fields.filter(([, field]) => childrenOf(field).length > 0).flatMap(([name, field]) => subsection(`${root}.${name}`, field)),
  ];
}

function subsection(path: string, field: unknown): readonly string[] {
  const rules = rulesBelow(path, field);
  return [
    `### ${path}`,
    table(FIELD_COLUMNS, rowsBelow(path, field)),
    ...(rules.length === 0 ? [] : [["Rules:", "", ...rules.map((rule) => `- ${rule}`)].join("\n")]),
  ];
}

function rowsBelow(path: string, field: unknown): readonly (readonly string[])[] {
  return childrenOf(field).flatMap(({ suffix, schema, required }) => [
    ...(suffix === "[]" || suffix === ".*" ? [] : [row(path + suffix, schema, required)]),
    ...rowsBelow(path + suffix, schema),
  ]);
}

interface Child {
  readonly suffix: string;
  readonly schema: unknown;
  readonly required: boolean;
}

function childrenOf(field: unknown): readonly Child[] {
  if (!isTree(field) || field["x-kubernetes-preserve-unknown-fields"] === true) {
    return [];
  }
  if (isTree(field["properties"])) {
    const required = requiredOf(field);
    return Object.entries(field["properties"]).map(([name, schema]) => ({ suffix: `.${name}`, schema, required: required.includes(name) }));
  }
  const items = field["items"];
  return isTree(items) && childrenOf(items).length > 0 ? [{ suffix: "[]", schema: items, required: false }] : [];
}

function requiredOf(schema: Tree): readonly unknown[] {
  return Array.isArray(schema["required"]) ? schema["required"] : [];
}

function row(path: string, field: unknown, required: boolean): readonly string[] {
  const schema = isTree(field) ? field : {};
  const name = required ? `**\`${path}\`**` : `\`${path}\``;
  return [name, typeOf(schema), defaultOf(schema), boundsOf(schema), asText(schema["description"] ?? "").replaceAll("<", "\\<")];
}

function typeOf(schema: Tree): string {
  if (schema["anyOf"] !== undefined) {
    return "text or number";
  }
  if (schema["enum"] !== undefined) {
    return "word";
  }
  if (isTree(schema["items"])) {
    return `list of ${typeOf(schema["items"])}`;
  }
  if (isTree(schema["additionalProperties"]) && schema["properties"] === undefined) {
    return `map of ${typeOf(schema["additionalProperties"])}`;
  }
  return schema["type"] === "string" ? "text" : asText(schema["type"] ?? "any");
}

function defaultOf(schema: Tree): string {
  const value = schema["default"];
  return value === undefined || isTree(value) || (Array.isArray(value) && value.length === 0) || value === "" ? "" : `\`${asText(value)}\``;
}

function boundsOf(schema: Tree): string {
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((word) => `\`${asText(word)}\``).join(", ");
  }
  const minimum =
    schema["minimum"] ?? (schema["exclusiveMinimum"] === undefined ? undefined : `more than ${asText(schema["exclusiveMinimum"])}`);
  const maximum =
    schema["maximum"] ?? (schema["exclusiveMaximum"] === undefined ? undefined : `less than ${asText(schema["exclusiveMaximum"])}`);
  return [
    ...(minimum === undefined || maximum === undefined ? [] : [`${asText(minimum)} to ${asText(maximum)}`]),
    ...(schema["maxLength"] === undefined ? [] : [`at most ${asText(schema["maxLength"])} characters`]),
    ...(schema["maxItems"] === undefined ? [] : [`at most ${asText(schema["maxItems"])} entries`]),
    ...(schema["maxProperties"] === undefined ? [] : [`at most ${asText(schema["maxProperties"])} entries`]),
  ].join(", ");
}

function rulesBelow(path: string, field: unknown): readonly string[] {
  if (!isTree(field)) {
    return [];
  }
  const rules = Array.isArray(field["x-kubernetes-validations"]) ? field["x-kubernetes-validations"].filter(isTree) : [];
  return [
    ...rules.map((rule) => `\`${path}${asText(rule["fieldPath"] ?? "")}\` ${asText(rule["message"])}.`),
    ...childrenOf(field).flatMap(({ suffix, schema }) => rulesBelow(path + suffix, schema)),
  ];
}
