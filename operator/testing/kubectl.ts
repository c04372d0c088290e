import { execa } from "execa";
import { inject } from "vitest";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { Manifest } from "../resources/manifest.ts";
import { listOf } from "./rendered.ts";

/** Runs kubectl on the given objects and returns what it printed. */
export async function kubectl(args: readonly string[], objects: readonly unknown[] = []): Promise<{ out: string; warnings: string }> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const { stdout, stderr } = await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args], { input });
  return { out: stdout, warnings: stderr };
}

/** The object without its owner, which does not exist in such a test: the garbage collector would take it away at any moment. */
export function unowned(object: Manifest): Manifest {
  return { ...object, metadata: { ...object.metadata, ownerReferences: [] } };
}

/** Applies objects on the server side, as the operator does, and returns them as they are stored. */
export async function apply(objects: readonly Manifest[]): Promise<{ live: readonly Tree[]; warnings: string }> {
  const { out, warnings } = await kubectl(["apply", "--server-side", "--field-manager=scalable-app", "-o", "json", "-f", "-"], objects);
  const result: unknown = JSON.parse(out);
  if (!isTree(result)) return { live: [], warnings };
  // A single object comes without a list around it.
  return { live: result["kind"] === "List" ? listOf(result["items"]) : [result], warnings };
}
