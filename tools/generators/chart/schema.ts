import { z } from "zod";

import { chartValues } from "./values.ts";

/** A node of the JSON schema, as far as the other generated files read it. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
}

const node: z.ZodType<SchemaNode> = z.looseObject({
  type: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  get properties() {
    return z.record(z.string(), node).optional();
  },
  get anyOf() {
    return z.array(node).optional();
  },
  get items() {
    return node.optional();
  },
});

/** The values as a JSON schema of draft 7, which every Helm reads. */
export function buildSchema(): SchemaNode {
  const schema = z.toJSONSchema(chartValues, {
    target: "draft-7",
    io: "input",
    override: ({ jsonSchema }) => {
      // The fields inside carry their own defaults; an empty object beside them would only mislead.
      if (jsonSchema.properties !== undefined) delete jsonSchema.default;
      // zod bounds integers by what a double can count, which says nothing to a reader.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
    },
  });
  return node.parse(schema);
}

/** values.schema.json. */
export function renderSchema(): string {
  return `${JSON.stringify(buildSchema(), null, 2)}\n`;
}
