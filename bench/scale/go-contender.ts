import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { requireGo } from "../../e2e/cluster/index.ts";
import { childTemplates } from "./apps.ts";
import type { Contender } from "./contenders.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../../.work/go-operator");

/** The Go operator of the same children, built once from its pinned modules, whose garbage collector has the same limit as ours. */
export async function goOperator(limitMiB: number): Promise<Contender> {
  await requireGo();
  await mkdir(folder, { recursive: true });
  const program = join(folder, "go-operator");
  await run("go", ["build", "-o", program, "."], { cwd: join(import.meta.dirname, "../go-operator") });
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
