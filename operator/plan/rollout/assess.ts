import type { Snapshot } from "../snapshot.ts";
import { analyze } from "./analysis.ts";
import { verdictOf } from "./analysis-verdict.ts";
import type { AnalysisVerdict } from "./observation.ts";
import { measureQueries } from "./queries.ts";
import { countRestarts } from "./restarts.ts";
import { webPods } from "./web-pods.ts";

/** What the newest samples say of the candidate; undefined where nothing has been sampled yet. */
export function assessCandidate(snapshot: Snapshot, candidate: string): AnalysisVerdict | undefined {
  const { samples, app } = snapshot;
  if (!samples) return undefined;
  const { monitoring, rollout } = app.spec;
  const { analysis } = rollout.canary;
  const queries = analysis.queries.map((query) => ({ ...query, dryRun: analysis.dryRun.includes(query.name) }));
  const judged = analyze({
    config: { ...analysis, queries },
    window: monitoring?.prometheus === undefined ? samples : measureQueries(samples.queries),
    restarts: countRestarts(webPods(snapshot.pods, candidate).candidate),
    servesUsers: snapshot.status?.release?.phase !== "Preview",
  });
  return verdictOf(judged, new Date(samples.toMs).toISOString());
}
