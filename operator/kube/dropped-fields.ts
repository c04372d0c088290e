import { hashValue } from "../base/canonical.ts";
import { readDroppedFields } from "../base/dropped-fields.ts";
import type { KubeObject } from "../base/object.ts";
import { differences } from "./diff.ts";

/** The most fields that are remembered of one object. */
const MOST_FIELDS = 20;

/** The paths at which `live` differs from what is intended, kind and version apart. */
export function contentDifferences(intended: KubeObject, live: KubeObject, limit: number): readonly string[] {
  const { apiVersion: _apiVersion, kind: _kind, ...content } = intended;
  return differences(content, live, { limit });
}

/**
 * The fields of this very intention that the API server is known not to keep: a feature gate that is off, an older version or a rule of
 * admission leaves them out of every write without a word. Without the memory they would be written again for ever.
 */
export function knownDropped(intended: KubeObject, live: KubeObject, annotation: string): ReadonlySet<string> {
  const { hash, fields } = readDroppedFields(live, annotation);
  return new Set(hash === hashValue(intended, 16) ? fields : []);
}

/** What was written, with the memory of what the answer `stored` has lost of it; undefined where it lost nothing. */
export function rememberDropped(
  intended: KubeObject,
  stored: KubeObject,
  { annotation, written }: { readonly annotation: string; readonly written: KubeObject },
): KubeObject | undefined {
  const fields = contentDifferences(intended, stored, MOST_FIELDS);
  if (fields.length === 0) return undefined;
  const annotations = { ...written.metadata.annotations, [annotation]: JSON.stringify({ hash: hashValue(intended, 16), fields }) };
  return { ...written, metadata: { ...written.metadata, annotations } };
}
