import { observeUpkeepRun } from "../plan/observe/upkeep-runs.ts";
import { partitionsComponent, viewComponent } from "../resources/upkeep/upkeep.ts";
import { verdict, type Report, type Verdict } from "./report.ts";

/** How the upkeep of partitions and materialized views goes, by the newest run of each task. */
export function judgeUpkeep({ snapshot }: Pick<Report, "snapshot">): readonly Verdict[] {
  const { postgres, suspend } = snapshot.app.spec;
  if (!postgres || suspend) return [];
  const { partitions, materializedViews } = postgres;
  const tables = partitions.map(({ table }) => table).join(", ");
  const tasks = [
    ...(partitions.length === 0 ? [] : [{ what: `the partitions of ${tables}`, component: partitionsComponent }]),
    ...materializedViews.map(({ name }) => ({ what: `the view ${name}`, component: viewComponent(name) })),
  ].map((task) => ({ ...task, run: observeUpkeepRun(snapshot, task.component) }));
  if (tasks.length === 0) return [];
  const failed = tasks.flatMap(({ what, run }) => (run.state === "failed" ? [`${what}: ${run.message}`] : []));
  if (failed.length > 0) return [verdict("DataUpkeep", false, "UpkeepFailed", failed.join("; "))];
  const waiting = tasks.filter(({ run }) => run.state === "none").map(({ what }) => what);
  if (waiting.length > 0) {
    const message = `no run has ended yet of ${waiting.join(", ")}`;
    return [{ type: "DataUpkeep", status: "Unknown", reason: "UpkeepPending", message }];
  }
  return [verdict("DataUpkeep", true, "UpkeepSucceeded", `the newest run of each succeeded: ${tasks.map(({ what }) => what).join(", ")}`)];
}
