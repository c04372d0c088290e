import { expect, test } from "vitest";
import { podOf, snapshotOf } from "../../testing/snapshots.ts";
import type { StoredRelease } from "../../resources/release.ts";
import { decideSampling } from "./sampling.ts";

const queries = [{ name: "slow", promql: 'sum(rate(x{pod=~"{{candidatePods}}",r="{{candidate}}"}[{{window}}]))', max: 1 }];
const spec = {
  monitoring: { prometheus: { url: "http://prometheus:9090" } },
  rollout: { strategy: "canary", canary: { analysis: { queries } } },
};

function podWith(name: string, release: string, track: string) {
  const labels = { ...podOf(name, "web").metadata.labels, "scalableapp.dev/release": release, "scalableapp.dev/track": track };
  return podOf(name, "web", { podIP: "10.0.0.1" }, { labels });
}

function storedWithPort(id: string, containerPort: number): StoredRelease {
  const template = { spec: { containers: [{ name: "app", ports: [{ name: "http", containerPort }] }] } };
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop-web", labels: {} }, spec: { template } };
  return {
    id,
    number: 1,
    digests: {},
    renderer: "test",
    children: [{ role: "web/deployment", wave: 2, podBearing: true, object }],
    copies: [],
  } as unknown as StoredRelease;
}

function samplingOf(
  phase: "Canary" | "Baking",
  candidateTrack: string,
  { of = spec, stored = [] }: { readonly of?: Readonly<Record<string, unknown>>; readonly stored?: readonly StoredRelease[] } = {},
) {
  const pods = [podWith("shop-web-old", "r1", "stable"), podWith("shop-web-new", "r2", candidateTrack)];
  const release = { stable: "r1", candidate: "r2", phase, message: "", startedAt: "2026-11-27T08:00:00Z" };
  return decideSampling(snapshotOf(of, { pods }), release, stored)!;
}

test("each release is known by its own pods, also when the candidate's have become the stable ones", () => {
  for (const { placements, queries: asked } of [samplingOf("Canary", "canary"), samplingOf("Baking", "stable")]) {
    expect(placements.candidate.pods.map(({ pod }) => pod)).toEqual(["shop-web-new"]);
    expect(placements.stable.pods.map(({ pod }) => pod)).toEqual(["shop-web-old"]);
    expect(asked).toEqual([{ name: "slow", promql: 'sum(rate(x{pod=~"shop-web-new",r="r2"}[60s]))' }]);
  }
});

test("each release is asked at the port that it itself has, for metrics and for probes", () => {
  const of = { web: { port: 9000 }, routing: { hosts: ["*.example.com", "shop.example.com"], gateway: { name: "public" } } };
  const { placements } = samplingOf("Canary", "canary", { of, stored: [storedWithPort("r1", 8080)] });
  const host = "shop.example.com";
  expect(placements.stable).toMatchObject({ metrics: { port: 8080, host }, web: { port: 8080, host } });
  expect(placements.candidate).toMatchObject({ metrics: { port: 9000, host }, web: { port: 9000, host } });
});

test("a release that is tried again is another trial", () => {
  expect(samplingOf("Canary", "canary").id).toBe("r2@2026-11-27T08:00:00Z");
});
