import { DROPPED_FIELDS_ANNOTATION } from "../api/labels.ts";
import { readDroppedFields } from "../base/dropped-fields.ts";
import type { Report, Verdict } from "./report.ts";
import { verdict } from "./report.ts";

/** The fields of children that this API server does not keep. The app works without them, so nothing else follows. */
export function judgeDropped({ snapshot }: Pick<Report, "snapshot">): readonly Verdict[] {
  const found = snapshot.owned.flatMap((object) => {
    const { fields } = readDroppedFields(object, DROPPED_FIELDS_ANNOTATION);
    return fields.length === 0 ? [] : [`${object.kind} ${object.metadata.name} ${fields.join(", ")}`];
  });
  if (found.length === 0) return [];
  const message = `the API server does not keep ${found.join("; ")}: without effect; enable the feature (its feature gate, a newer Kubernetes, a rule of admission) and remove the annotation ${DROPPED_FIELDS_ANNOTATION} of the object, or remove the field from spec.overlays where it stands there`;
  return [verdict("DroppedFields", true, "FieldsDropped", message)];
}
