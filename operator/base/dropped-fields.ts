import type { KubeObject } from "./object.ts";
import { readList, readTree } from "./read.ts";

/** What an annotation remembers of the fields that the API server did not keep. */
export interface DroppedFields {
  /** Hash of the intention that was written; undefined where nothing is remembered. */
  readonly hash: string | undefined;
  /** Paths of fields, such as "spec.behavior.scaleUp.tolerance". */
  readonly fields: readonly string[];
}

/** Reads the annotation; one that somebody else wrote says nothing. */
export function readDroppedFields(object: KubeObject, annotation: string): DroppedFields {
  const { hash, fields } = readTree(parseJson(object.metadata.annotations?.[annotation] ?? "null"));
  return {
    hash: typeof hash === "string" ? hash : undefined,
    fields: readList(fields).filter((field) => typeof field === "string"),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
