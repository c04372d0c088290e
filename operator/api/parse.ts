import type { z } from "zod";
import { metadataSchema, specSchema } from "./scalable-app.ts";
import type { ScalableApp } from "./scalable-app.ts";
import { withStageDefaults } from "./stage.ts";
import { isTree } from "./tree.ts";

/** One thing that the user should change. */
export interface Problem {
  /** Where, such as "spec.web.port" or "spec.workers[0].name". */
  readonly path: string;
  /** What to change. */
  readonly message: string;
}

/** The effective resource, or everything that is wrong with it. */
export type ParseResult = { readonly ok: true; readonly app: ScalableApp } | { readonly ok: false; readonly problems: readonly Problem[] };

/** Reads a ScalableApp as it came from the API server or a file: fills in all defaults and checks every rule. */
export function parseScalableApp(raw: unknown): ParseResult {
  if (!isTree(raw)) {
    return { ok: false, problems: [{ path: "", message: "must be an object with apiVersion, kind, metadata and spec" }] };
  }
  const metadata = metadataSchema.safeParse(raw["metadata"] ?? {});
  const spec = specSchema.safeParse(isTree(raw["spec"]) ? withStageDefaults(raw["spec"]) : (raw["spec"] ?? {}));
  if (!metadata.success || !spec.success) {
    return {
      ok: false,
      problems: [...issuesOf(metadata, "metadata"), ...issuesOf(spec, "spec")].flatMap((issue) => toProblems(issue.issue, issue.root)),
    };
  }
  return { ok: true, app: { metadata: metadata.data, spec: spec.data } };
}

type Issue = z.core.$ZodIssue;

function issuesOf(result: { readonly error?: z.ZodError | undefined }, root: string): readonly { issue: Issue; root: string }[] {
  return (result.error?.issues ?? []).map((issue) => ({ issue, root }));
}

function toProblems(issue: Issue, root: string): readonly Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: formatPath(root, [...issue.path, key]),
      message: "is not a field of ScalableApp: remove it or correct its name",
    }));
  }
  return [{ path: formatPath(root, issue.path), message: issue.message }];
}

/** Writes a path as people read it: spec.workers[0].name. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`), root);
}
