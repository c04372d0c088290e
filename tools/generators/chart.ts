import { readFile } from "node:fs/promises";

import { renderDefinition } from "./chart/custom-resource-definition.ts";
import { renderReadme } from "./chart/readme.ts";
import { renderRules } from "./chart/rules.ts";
import { renderSchema } from "./chart/schema.ts";
import { renderValues } from "./chart/values-yaml.ts";

const chart = "charts/scalable-app";
const definition = new URL("../../crds/scalableapps.yaml", import.meta.url);

/** The chart's generated files: values, their schema, the README, the rules of its roles and the definition. */
export async function generate(): Promise<readonly { readonly path: string; readonly content: string }[]> {
  return [
    { path: `${chart}/values.yaml`, content: renderValues() },
    { path: `${chart}/values.schema.json`, content: renderSchema() },
    { path: `${chart}/README.md`, content: renderReadme() },
    { path: `${chart}/templates/rbac/_rules.tpl`, content: renderRules() },
    { path: `${chart}/templates/crds/scalableapps.yaml`, content: renderDefinition(await readFile(definition, "utf8")) },
  ];
}
