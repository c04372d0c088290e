import { read } from "../base/read.ts";

/** The spec of the pods that a workload makes; undefined where it makes none. */
export function podSpecOf(workload: unknown): unknown {
  return read(workload, "spec", "template", "spec") ?? read(workload, "spec", "jobTemplate", "spec", "template", "spec");
}
