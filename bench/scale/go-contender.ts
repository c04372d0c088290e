import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildGoProgram } from "../../e2e/cluster/index.ts";
import { childTemplates } from "./apps.ts";
import type { Contender } from "./contenders.ts";

const folder = join(import.meta.dirname, "../../.work/go-operator");

/** The Go operator of the same children, built once from its pinned modules, whose garbage collector has the same limit as ours. */
export async function goOperator(limitMiB: number): Promise<Contender> {
  const program = join(folder, "go-operator");
  await buildGoProgram(join(import.meta.dirname, "../go-operator"), program);
  const templates = join(folder, "children.json");
  await writeFile(templates, JSON.stringify(childTemplates()));
  const limit = `GOMEMLIMIT=${Math.round(limitMiB * 0.9)}MiB`;
  return {
    name: "Go",
    userAgent: "go-operator",
    quietAfterSeconds: 0,
    command: ({ kubeconfig }) =>
      Promise.resolve(["/usr/bin/env", limit, program, `--kubeconfig-file=${kubeconfig}`, `--templates=${templates}`]),
  };
}
