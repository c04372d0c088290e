import { expect, test } from "vitest";
import type { LiveObject } from "./observe/snapshot.ts";
import { owned, podOf } from "../testing/snapshots.ts";
import { decideHistory, decideNumber, isOfRelease } from "./history.ts";

function of(release: string, kind: string, name: string, rest: object = {}): LiveObject {
  return owned(kind, name, { ...rest, metadata: { labels: { "scalableapp.dev/release": release } } });
}

/** All that one release leaves behind. */
function traces(release: string, number: number): readonly LiveObject[] {
  return [
    of(release, "ControllerRevision", `shop-${release}`, { revision: number }),
    of(release, "ConfigMap", `shop-pgbouncer-${release}`),
    of(release, "ConfigMap", `shop-${release}-settings`),
    of(release, "Job", `shop-migrate-${release}`),
  ];
}

const three = [...traces("a", 1), ...traces("b", 2), ...traces("c", 3)];
const names = (pruned: readonly { readonly object: LiveObject }[]) => pruned.map(({ object }) => object.metadata.name);

test("the newest releases stay, older ones lose everything that was theirs", () => {
  expect(names(decideHistory({ owned: three, pods: [] }, { keep: 2, protected: ["c"] }))).toEqual([
    "shop-a",
    "shop-pgbouncer-a",
    "shop-a-settings",
    "shop-migrate-a",
  ]);
  expect(decideHistory({ owned: three, pods: [] }, { keep: 3, protected: [] })).toEqual([]);
});

test("the number counts, not the order or the age", () => {
  const rolledBack = [...traces("a", 4), ...traces("b", 2), ...traces("c", 3)];
  expect(names(decideHistory({ owned: rolledBack, pods: [] }, { keep: 1, protected: [] }))).not.toContain("shop-a");
  expect(names(decideHistory({ owned: rolledBack, pods: [] }, { keep: 1, protected: [] }))).toContain("shop-c");
});

test("stable, candidate and previous stay however old they are", () => {
  expect(decideHistory({ owned: three, pods: [] }, { keep: 1, protected: ["a", undefined, "b"] })).toEqual([]);
});

test("a release that a workload or a pod still carries stays", () => {
  const labels = { "scalableapp.dev/release": "a" };
  const web = owned("Deployment", "shop-web", { spec: { template: { metadata: { labels } } } });
  const report = owned("CronJob", "shop-report", { spec: { jobTemplate: { spec: { template: { metadata: { labels } } } } } });
  const pod = podOf("shop-web-1", "web", { phase: "Running" }, { labels });
  for (const [more, pods] of [
    [[web], []],
    [[report], []],
    [[], [pod]],
  ] as const) {
    expect(names(decideHistory({ owned: [...three, ...more], pods }, { keep: 1, protected: [] }))).not.toContain("shop-a-settings");
  }
  const finished = podOf("shop-migrate-a-1", "migration", { phase: "Succeeded" }, { labels });
  expect(names(decideHistory({ owned: three, pods: [finished] }, { keep: 1, protected: [] }))).toContain("shop-a-settings");
});

test("what a release left behind goes even where the release was never stored", () => {
  expect(names(decideHistory({ owned: [of("x", "ConfigMap", "shop-x-settings")], pods: [] }, { keep: 9, protected: ["a"] }))).toEqual([
    "shop-x-settings",
  ]);
});

test("nothing else is touched, nor what is going already", () => {
  const others = [owned("ConfigMap", "settings"), of("a", "Deployment", "shop-web")];
  const going = owned("ConfigMap", "shop-a-settings", {
    metadata: { labels: { "scalableapp.dev/release": "a" }, deletionTimestamp: "2026-11-27T08:00:00Z" },
  });
  expect(others.map(isOfRelease)).toEqual([false, false]);
  expect(decideHistory({ owned: [...others, going], pods: [] }, { keep: 1, protected: [] })).toEqual([]);
});

test.each([
  ["the newest is in use", { stable: "c" }, undefined],
  ["an older one is in use again", { stable: "a" }, ["shop-a", 4]],
  ["an older one is tried again beside the newest", { stable: "c", candidate: { release: "b", weight: 5, replicas: 1 } }, ["shop-b", 4]],
  ["an older one's migration runs again", { stable: "c", migrate: "b" }, ["shop-b", 4]],
  ["nothing runs", { stable: undefined }, undefined],
  ["what runs is not stored yet", { stable: "d" }, undefined],
] as const)("numbers give the order of use: %s", (_story, tracks, expected) => {
  const found = decideNumber(three, tracks);
  expect(found && [found.object.metadata.name, found.number]).toEqual(expected);
});

test("of two of one number, the one in use gets a number of its own, once", () => {
  const twice = [...traces("a", 3), ...traces("c", 3)];
  expect(decideNumber(twice, { stable: "a" })?.number).toBe(4);
  expect(decideNumber([...traces("a", 4), ...traces("c", 3)], { stable: "a" })).toBeUndefined();
});
