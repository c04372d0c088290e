import { stringify } from "yaml";

import { buildSchema } from "./schema.ts";
import type { SchemaNode } from "./schema.ts";

const head = "# Generated from tools/generators/chart/values.ts by `make generate`; change it there.\n";

/** values.yaml: every default, each with its description above it. */
export function renderValues(): string {
  return `${head}\n${renderProperties(buildSchema(), "").trimEnd()}\n`;
}

function renderProperties(schema: SchemaNode, indent: string): string {
  const blank = indent === "" ? "\n" : "";
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => renderProperty(name, property, indent))
    .filter((block) => block !== "")
    .join(blank);
}

function renderProperty(name: string, property: SchemaNode, indent: string): string {
  const comment = property.description === undefined ? "" : `${indent}# ${property.description}\n`;
  if (property.properties !== undefined) return `${comment}${indent}${name}:\n${renderProperties(property, `${indent}  `)}`;
  if (property.default === undefined) return "";
  return comment + stringify({ [name]: property.default }, { lineWidth: 0 }).replaceAll(/^(?=.)/gm, indent);
}
