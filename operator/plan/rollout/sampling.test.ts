import { expect, test } from "vitest";
import { podOf, snapshotOf } from "../../testing/snapshots.ts";
import { decideSampling } from "./sampling.ts";

const queries = [{ name: "slow", promql: 'sum(rate(x{pod=~"{{candidatePods}}",r="{{candidate}}"}[{{window}}]))', max: 1 }];
const spec = {
  monitoring: { prometheus: { url: "http://prometheus:9090" } },
  rollout: { strategy: "canary", canary: { analysis: { queries } } },
};

function samplingOf(phase: "Canary" | "Baking", candidateTrack: string) {
  const pod = (name: string, release: string, track: string) =>
    podOf(
      name,
      "web",
      {},
      { labels: { ...podOf(name, "web").metadata.labels, "scalableapp.dev/release": release, "scalableapp.dev/track": track } },
    );
  const pods = [pod("shop-web-old", "r1", "stable"), pod("shop-web-new", "r2", candidateTrack)];
  const release = { stable: "r1", candidate: "r2", phase, message: "", startedAt: "2026-11-27T08:00:00Z" };
  return decideSampling(snapshotOf(spec, { pods }), release);
}

function promqlOf(name: string, sampling: ReturnType<typeof samplingOf>): string | undefined {
  return sampling?.queries.find((query) => query.name === name)?.promql;
}

test("Prometheus is asked for the candidate's pods, also when they have become the stable ones", () => {
  for (const sampling of [samplingOf("Canary", "canary"), samplingOf("Baking", "stable")]) {
    expect(promqlOf("candidate/requests", sampling)).toContain('pod=~"shop-web-new"');
    expect(promqlOf("stable/requests", sampling)).toContain('pod=~"shop-web-old"');
    expect(promqlOf("slow", sampling)).toBe('sum(rate(x{pod=~"shop-web-new",r="r2"}[60s]))');
  }
});
