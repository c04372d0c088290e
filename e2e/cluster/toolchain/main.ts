import { ensureTools } from "./toolchain.ts";
import { clusterToolNames, toolNames } from "./recipes.ts";
import type { ToolName } from "./recipes.ts";

// node e2e/cluster/toolchain/main.ts [NAME...]: builds the named programs (default: all that a cluster needs) and prints where they are.

function isToolName(name: string): name is ToolName {
  return toolNames.some((known) => known === name);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !isToolName(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(", ")}. Choose from: ${toolNames.join(", ")}.`);
  process.exitCode = 2;
} else {
  const names = wanted.filter(isToolName);
  try {
    const paths = await ensureTools(names.length > 0 ? names : clusterToolNames);
    for (const [name, path] of Object.entries(paths)) console.log(`${name}\t${path}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
