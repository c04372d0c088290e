import { Document } from "yaml";
import type { Child } from "./children.ts";

/** The children as a YAML stream in the order in which they are applied, each under a comment that says what it is. */
export function childrenToYaml(children: readonly Child[]): string {
  return children.map(childToYaml).join("");
}

function childToYaml(child: Child): string {
  // kubectl reads YAML 1.1, in which a bare "no" is false and "1_0" a number.
  const document = new Document(child.object, { version: "1.1", aliasDuplicateObjects: false });
  const body = document.toString({ lineWidth: 0, blockQuote: "literal" });
  return `---\n# ${child.role}, wave ${child.wave}${replicasNote(child)}\n${body}`;
}

/** The number of replicas is not in the manifest: the operator writes it apart, so that an autoscaler can own it. */
function replicasNote({ replicas }: Child): string {
  if (replicas === undefined) return "";
  return "fixed" in replicas ? `, replicas ${replicas.fixed}` : `, replicas ${replicas.autoscaled.min} to ${replicas.autoscaled.max}`;
}
