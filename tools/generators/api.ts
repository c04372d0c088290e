// Writes what derives from operator/api: the CRD and the references, that of the command line among them.
import { stringify } from "yaml";
import { buildCrd } from "../../operator/api/crd.ts";
import type { GeneratedFile } from "../generate.ts";
import { cliReference } from "./cli-reference.ts";
import { conditionsReference } from "./conditions-reference.ts";
import { fieldsReference } from "./fields-reference.ts";

const HEADER = "# Generated from operator/api by `make generate`; never edit.\n";

/** The files that derive from operator/api. */
export function generate(): Promise<readonly GeneratedFile[]> {
  return Promise.resolve([
    { path: "crds/scalableapps.yaml", content: HEADER + stringify(buildCrd(), { lineWidth: 0, aliasDuplicateObjects: false }) },
    { path: "docs/reference/scalableapp.md", content: fieldsReference() },
    { path: "docs/reference/conditions.md", content: conditionsReference() },
    { path: "docs/reference/cli.md", content: cliReference() },
  ]);
}
