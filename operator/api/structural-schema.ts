import { asText, isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { readTree } from "../base/read.ts";

/** Keys of JSON Schema that mean the same in a structural schema. */
const KEPT = [
  "type",
  "format",
  "enum",
  "required",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "maxItems",
  "minItems",
  "maxProperties",
  "pattern",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-preserve-unknown-fields",
] as const;

/** Whether a static default may stand in the CRD at a path such as "spec.web.port". */
export type DefaultFilter = (path: string) => boolean;

/** Turns JSON Schema, as zod writes it, into what the API server calls a structural schema. */
export function toStructuralSchema(given: Tree, path: string, keepsDefault: DefaultFilter): Tree {
  const options = given["anyOf"];
  const other = Array.isArray(options) && isNullable(given) ? options.filter(isTree).find(({ type }) => type !== "null") : undefined;
  if (other === undefined) return withoutUnion(given, path, keepsDefault);
  const { anyOf: _union, ...rest } = given;
  return { ...withoutUnion({ ...other, ...rest }, path, keepsDefault), nullable: true };
}

/** Whether null is a value of its own here, and not the same as nothing. */
export function isNullable(schema: unknown): boolean {
  const options = isTree(schema) ? schema["anyOf"] : undefined;
  return Array.isArray(options) && options.some((option) => isTree(option) && option["type"] === "null");
}

function withoutUnion(schema: Tree, path: string, keepsDefault: DefaultFilter): Tree {
  const children = { ...propertiesOf(schema, path, keepsDefault), ...itemsOf(schema, path, keepsDefault) };
  return { ...scalarsOf(schema, path, keepsDefault), ...intOrStringOf(schema), ...boundsOf(schema), ...children, ...rulesOf(schema, path) };
}

function scalarsOf(schema: Tree, path: string, keepsDefault: DefaultFilter): Tree {
  const kept = Object.fromEntries(KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]));
  if (Array.isArray(schema["enum"]) && schema["type"] === undefined) {
    kept["type"] = "string";
  }
  const description = fullDescription(schema);
  if (description !== "") {
    kept["description"] = description;
  }
  // An object or list is not filled in, so that a stored manifest stays as short as its author wrote it.
  const value = schema["default"];
  return value !== undefined && typeof value !== "object" && keepsDefault(path) ? { ...kept, default: value } : kept;
}

/** A union of text and whole number becomes the API server's int-or-string, with the bounds of both. */
function intOrStringOf(schema: Tree): Tree {
  const options = schema["anyOf"];
  if (options === undefined) {
    return {};
  }
  if (schema["intOrString"] === undefined || !Array.isArray(options)) {
    throw new Error(`a union must be marked intOrString to fit into a CRD: ${JSON.stringify(schema)}`);
  }
  const text = options.filter(isTree).find((option) => option["type"] === "string") ?? {};
  const number = options.filter(isTree).find((option) => option["type"] === "integer") ?? {};
  return {
    "x-kubernetes-int-or-string": true,
    anyOf: [{ type: "integer" }, { type: "string" }],
    maxLength: text["maxLength"],
    "x-kubernetes-validations": [
      {
        rule: `type(self) == int ? int(self) >= ${asText(number["minimum"])} : string(self).matches(${JSON.stringify(text["pattern"])})`,
        message: schema["intOrString"],
      },
      ...leastQuantityOf(schema),
    ],
  };
}

function leastQuantityOf(schema: Tree): readonly Tree[] {
  const { leastQuantity: least } = schema;
  if (typeof least !== "string") return [];
  const rule = `!isQuantity(string(self)) || !quantity(string(self)).isLessThan(quantity('${least}'))`;
  return [{ rule, message: `must be at least ${least}` }];
}

/** OpenAPI 3.0 writes an exclusive bound as a flag beside the bound. */
function boundsOf(schema: Tree): Tree {
  const bounds: Record<string, unknown> = {};
  for (const [exclusive, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (schema[exclusive] !== undefined) {
      bounds[bound] = schema[exclusive];
      bounds[exclusive] = true;
    }
  }
  return bounds;
}

/** The description with default and bounds, because `kubectl explain` shows neither. */
function fullDescription(schema: Tree): string {
  const { description, default: value } = schema;
  if (typeof description !== "string") {
    return "";
  }
  const isReported =
    value === undefined ||
    isTree(value) ||
    value === "" ||
    (Array.isArray(value) && typeof value[0] !== "string") ||
    description.includes("Default:");
  return [
    description,
    ...(isReported ? [] : [`Default: ${Array.isArray(value) ? value.map(asText).join(", ") : asText(value)}.`]),
    ...boundsInWords(schema),
  ].join(" ");
}

function boundsInWords(schema: Tree): readonly string[] {
  const { minimum, maximum, maxItems } = schema;
  return [
    ...(minimum === undefined || maximum === undefined ? [] : [`From ${asText(minimum)} to ${asText(maximum)}.`]),
    ...(maxItems === undefined ? [] : [`At most ${asText(maxItems)} entries.`]),
  ];
}

function propertiesOf(schema: Tree, path: string, keepsDefault: DefaultFilter): Tree {
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) {
    return {};
  }
  const { properties, additionalProperties } = schema;
  if (isTree(properties)) {
    const entries = Object.entries(properties).map(([name, child]) => [
      name,
      toStructuralSchema(readTree(child), `${path}.${name}`, keepsDefault),
    ]);
    return { properties: Object.fromEntries(entries) };
  }
  return isTree(additionalProperties) ? { additionalProperties: toStructuralSchema(additionalProperties, `${path}.*`, keepsDefault) } : {};
}

function itemsOf(schema: Tree, path: string, keepsDefault: DefaultFilter): Tree {
  return isTree(schema["items"]) ? { items: toStructuralSchema(schema["items"], `${path}[]`, keepsDefault) } : {};
}

/**
 * Lists within the many workers and schedules: of so many entries the API server estimates a rule on each as too dear for the whole schema,
 * so a pattern there stays a pattern, which costs nothing and is quoted instead of the message.
 */
const MANY = /^spec\.(?:workers|schedules)\[\]\..*\[\]/u;

/** A pattern with a message becomes a rule, because the API server would only quote the pattern. */
function rulesOf(schema: Tree, path: string): Tree {
  const rules: unknown[] = Array.isArray(schema["x-kubernetes-validations"]) ? [...schema["x-kubernetes-validations"]] : [];
  const written = typeof schema["pattern"] === "string" ? schema["pattern"].replaceAll("\\/", "/") : undefined;
  const hasMessage = typeof schema["patternMessage"] === "string" && written !== undefined;
  const isRule = hasMessage && !MANY.test(path);
  if (isRule) rules.push({ rule: `self.matches(${JSON.stringify(written)})`, message: schema["patternMessage"] });
  const pattern = hasMessage ? { pattern: isRule ? undefined : written } : {};
  return rules.length === 0 ? pattern : { ...pattern, "x-kubernetes-validations": rules };
}
