import type { z } from "zod";
import { problemMessage } from "./messages.ts";
import { formatPath } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { metadataSchema, specSchema } from "./scalable-app.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { withStageDefaults } from "./stage.ts";
import { isTree, valueAt } from "./tree.ts";
import { validate } from "./validate.ts";

export type { Problem } from "./problem.ts";

/** The effective resource, or everything that is wrong with it. */
export type ParseResult = { readonly ok: true; readonly app: ScalableApp } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a ScalableApp as it came from the API server or a file: fills in all defaults and checks every rule. */
export function parseScalableApp(raw: unknown): ParseResult {
  if (!isTree(raw)) {
    return failed([{ path: "", message: "must be an object with apiVersion, kind, metadata and spec" }]);
  }
  const metadata = metadataSchema.safeParse(raw["metadata"], { error: problemMessage });
  const spec = specSchema.safeParse(isTree(raw["spec"]) ? withStageDefaults(raw["spec"]) : raw["spec"], { error: problemMessage });
  if (!metadata.success || !spec.success) {
    return failed([...toProblems("metadata", metadata.error), ...toProblems("spec", spec.error)]);
  }
  const app = { metadata: metadata.data, spec: spec.data, byStage: serversByStage(spec.data, raw["spec"]) };
  const problems = validate(app);
  return problems.length > 0 ? failed(problems) : { ok: true, app };
}

/** The Redis servers of which the user's own words say nothing. */
function serversByStage({ redis }: EffectiveSpec, written: unknown): ScalableApp["byStage"] {
  return (["cache", "queue"] as const).filter((name) => redis?.[name] !== undefined && valueAt(written, ["redis", name]) === undefined);
}

function failed(problems: readonly Problem[]): ParseResult {
  return { ok: false, problems };
}

function toProblems(root: string, error: z.ZodError | undefined): readonly Problem[] {
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({
          path: formatPath(root, [...issue.path, key]),
          message: "is not a field of ScalableApp: remove it or correct its name",
        }))
      : [{ path: formatPath(root, issue.path), message: issue.message }],
  );
}
