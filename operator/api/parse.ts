import type { z } from "zod";
import { specJsonSchema } from "./crd.ts";
import { problemMessage } from "./messages.ts";
import { didYouMean } from "./nearest.ts";
import { formatPath } from "./problem.ts";
import type { Problem } from "./problem.ts";
import { metadataSchema, specSchema } from "./scalable-app.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { stageBounds, withStageDefaults } from "./stage.ts";
import { isTree } from "../base/tree.ts";
import { read } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import { validate } from "./validate.ts";
import { schemaOfField, withoutNulls } from "./without-nulls.ts";

export type { Problem } from "./problem.ts";

/** The effective resource, or everything that is wrong with it. */
export type ParseResult = { readonly ok: true; readonly app: ScalableApp } | { readonly ok: false; readonly problems: readonly Problem[] };

const jsonSchema = specJsonSchema();

/** Reads a ScalableApp as it came from the API server or a file: fills in all defaults and checks every rule. */
export function parseScalableApp(raw: unknown): ParseResult {
  if (!isTree(raw)) {
    return failed([{ path: "", message: "must be an object with apiVersion, kind, metadata and spec" }]);
  }
  const given = withoutNulls(raw["spec"] ?? undefined, jsonSchema);
  const metadata = metadataSchema.safeParse(metadataOf(raw), { error: problemMessage });
  const spec = specSchema.safeParse(isTree(given) ? withStageDefaults(given) : given, { error: problemMessage });
  if (!metadata.success || !spec.success) {
    const problems = [...toProblems("metadata", metadata.error), ...toProblems("spec", spec.error)];
    return failed(problems.map((problem) => explainStageBound(problem, given)));
  }
  const app = { metadata: metadata.data, spec: spec.data, byStage: serversByStage(spec.data, raw["spec"]) };
  const problems = validate(app);
  return problems.length > 0 ? failed(problems) : { ok: true, app };
}

/** Metadata without what is null, which the API server does not keep either. */
function metadataOf(raw: Tree): unknown {
  const { metadata } = raw;
  return isTree(metadata) ? Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null)) : (metadata ?? undefined);
}

/** The Redis servers of which the user's own words say nothing. */
function serversByStage({ redis }: EffectiveSpec, written: unknown): ScalableApp["byStage"] {
  return (["cache", "queue"] as const).filter((name) => redis?.[name] !== undefined && read(written, "redis", name) === undefined);
}

function failed(problems: readonly Problem[]): ParseResult {
  return { ok: false, problems };
}

function toProblems(root: string, error: z.ZodError | undefined): readonly Problem[] {
  return (error?.issues ?? []).flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: formatPath(root, [...issue.path, key]), message: unknownField(key, issue.path) }))
      : [{ path: formatPath(root, issue.path), message: issue.message }],
  );
}

function unknownField(key: string, path: readonly PropertyKey[]): string {
  const parent = path.reduce<unknown>(
    (schema, step) => (typeof step === "number" ? (isTree(schema) ? schema["items"] : undefined) : schemaOfField(schema, String(step))),
    jsonSchema,
  );
  const siblings = read(parent, "properties");
  return `is not a field of ScalableApp${didYouMean(key, isTree(siblings) ? Object.keys(siblings) : [])}: remove it or correct its name`;
}

/** A bound that the user never wrote is named with the stage that did. */
function explainStageBound(problem: Problem, given: unknown): Problem {
  const autoscaling = ["web", "autoscaling"];
  if (problem.path !== "spec.web.autoscaling.minReplicas" || !isTree(given) || typeof problem.message !== "string") return problem;
  const [min, max] = ["minReplicas", "maxReplicas"].map((field) => read(given, ...autoscaling, field));
  const { stage, min: stageMin, max: stageMax } = stageBounds(given["stage"]);
  if (max === undefined && typeof min === "number" && min > stageMax) {
    return {
      ...problem,
      message: `must not be above maxReplicas, which is ${stageMax} in stage ${stage}: lower it, or raise maxReplicas beside it`,
    };
  }
  if (min === undefined && typeof max === "number" && max < stageMin) {
    return {
      ...problem,
      message: `is ${stageMin} in stage ${stage}, above maxReplicas of ${max}: write minReplicas, or raise maxReplicas`,
    };
  }
  return problem;
}
