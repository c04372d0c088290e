import { PATCH_DIRECTIVE } from "./merge-keys.ts";

/** The list of containers, the image of one of them, and the ports of a Service. */
const NEEDED = /\.template\.spec\.containers(?:\[\d+\]\.image)?$|^spec\.overlays\.[^.]+\/service\.spec\.ports$/u;
/** The template of pods and what leads to it. */
const TEMPLATES = /\.(?:template|template\.spec|jobTemplate|jobTemplate\.spec)$/u;
const RESTART_POLICY = /^spec\.overlays\.(?<component>[^.]+)\..*\.?template\.spec\.restartPolicy$/u;
const JOBS = /^(?:migration|contract|schedule-.+)$/u;

/** Why the value at a path of an overlay leaves an object that Kubernetes refuses; undefined: it does not. */
export function needProblem(value: unknown, path: string): string | undefined {
  if (value === null && NEEDED.test(path)) return "cannot be removed, because nothing works without it: remove the null";
  const component = RESTART_POLICY.exec(path)?.groups?.["component"];
  if (component === undefined || value === null) return undefined;
  const allowed = JOBS.test(component) ? ["Never", "OnFailure"] : ["Always"];
  return typeof value === "string" && allowed.includes(value) ? undefined : `must be ${allowed.join(" or ")} in the pods of ${component}`;
}

/** Why a directive cannot stand in the map at a path. */
export function directiveNeed(name: string, value: unknown, path: string): string | undefined {
  if (name !== PATCH_DIRECTIVE || (value !== "replace" && value !== "delete") || !TEMPLATES.test(path.slice(0, -name.length - 1)))
    return undefined;
  return "would remove the containers: write it on the one field or entry that it is about";
}
