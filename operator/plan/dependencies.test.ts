import { expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { owned, rollOut, snapshotOf } from "../testing/snapshots.ts";
import { findDependencies, keyOf, type ObjectKey, type PlannedWork } from "./dependencies.ts";
import { makePlan } from "./plan.ts";
import type { LiveObject } from "./observe/snapshot.ts";

const release = (id: string): Tree => ({ metadata: { labels: { "scalableapp.dev/release": id } } });
const { app } = snapshotOf();

function child(role: string, key: ObjectKey, rest: Tree = {}): PlannedWork["children"][number] {
  const { apiVersion, kind, metadata, ...object } = live(key, rest);
  const podBearing = kind === "CronJob" || (kind === "Deployment" && !role.startsWith("redis-"));
  const labels = metadata.labels ?? {};
  return {
    role,
    wave: 2,
    podBearing,
    object: { ...object, apiVersion, kind, metadata: { name: metadata.name, namespace: "retail", labels, ownerReferences: [] } },
  };
}

function live(key: ObjectKey, rest: Tree = {}): LiveObject {
  const [kind = "", name = ""] = key.split("/");
  return owned(kind, name, rest);
}

const deployment = (id: string): Tree => ({ spec: { template: release(id) } });
const selects = (selector: Tree): Tree => ({ spec: { selector, ports: [{ name: "http", port: 80, targetPort: "http" }] } });
const routeTo = (weights: Tree): Tree => ({
  spec: { rules: [{ backendRefs: Object.entries(weights).map(([name, weight]) => ({ kind: "Service", name, weight })) }] },
});

const all = selects({ app: "shop" });
const only = (id: string) => selects({ app: "shop", "scalableapp.dev/release": id });
const ofTrack = (track: string) => selects({ app: "shop", "scalableapp.dev/track": track });
const web = (id: string) => child("web/deployment", "Deployment/shop-web", deployment(id));
const canary = (id: string) => child("web-canary/deployment", "Deployment/shop-web-canary", deployment(id));
const service = (rest: Tree) => child("web/service", "Service/shop-web", rest);
const canaryService = (rest: Tree) => child("web-canary/service", "Service/shop-web-canary", rest);
const route = (weights: Tree) => child("web/http-route", "HTTPRoute/shop-web", routeTo(weights));
const shared = [canaryService(ofTrack("canary")), service(ofTrack("stable"))];

test.each<[string, readonly PlannedWork["children"][number][], readonly LiveObject[], Readonly<Record<string, readonly string[]>>]>([
  [
    "a route: the Services that get requests",
    [...shared, route({ "shop-web": 60, "shop-web-canary": 40 })],
    [],
    { "HTTPRoute/shop-web": ["Service/shop-web", "Service/shop-web-canary"] },
  ],
  [
    "a route: not a Service that gets none",
    [...shared, route({ "shop-web": 100, "shop-web-canary": 0 })],
    [],
    { "HTTPRoute/shop-web": ["Service/shop-web"] },
  ],
  [
    "a route: not a Service that reaches the right pods already",
    [...shared, route({ "shop-web": 60, "shop-web-canary": 40 })],
    [live("Service/shop-web", ofTrack("stable")), live("Service/shop-web-canary", ofTrack("stable"))],
    { "HTTPRoute/shop-web": ["Service/shop-web-canary"] },
  ],
  [
    "the candidate's pods: a Service that would give them users too early",
    [service(only("a")), canary("b")],
    [live("Service/shop-web", all)],
    { "Deployment/shop-web-canary": ["Service/shop-web"] },
  ],
  [
    "the candidate's pods: not a Service that selects as planned",
    [service(only("a")), canary("b")],
    [live("Service/shop-web", only("a"))],
    {},
  ],
  [
    "stable pods of another release: a Service that selects the release before alone",
    [service(only("b")), web("b")],
    [live("Service/shop-web", only("a")), live("Deployment/shop-web", deployment("a"))],
    { "Deployment/shop-web": ["Service/shop-web"] },
  ],
  [
    "stable pods of another release: not a Service that selects all",
    [service(all), web("b")],
    [live("Deployment/shop-web", deployment("a"))],
    {},
  ],
  [
    "pods: what their release and all of the app need, and nothing of another release",
    [
      child("service-account", "ServiceAccount/shop"),
      child("redis-queue/stateful-set", "StatefulSet/shop-redis-queue"),
      child("pgbouncer/config-map", "ConfigMap/shop-pgbouncer-a", release("a")),
      child("web-canary/config-map", "ConfigMap/shop-pgbouncer-b", release("b")),
      child("release/controller-revision", "ControllerRevision/shop-b", release("b")),
      child("migration/job", "Job/shop-migrate-b", release("b")),
      web("a"),
    ],
    [live("StatefulSet/shop-redis-queue")],
    {
      "Job/shop-migrate-b": ["ServiceAccount/shop", "ConfigMap/shop-pgbouncer-b", "ControllerRevision/shop-b"],
      "Deployment/shop-web": ["ServiceAccount/shop", "ConfigMap/shop-pgbouncer-a"],
    },
  ],
  [
    "pods and Jobs: the environment and the pooler of their own release",
    [
      child("environment/config-map", "ConfigMap/shop-environment-a", release("a")),
      child("migration/config-map", "ConfigMap/shop-pgbouncer-b", release("b")),
      child("migration-environment/config-map", "ConfigMap/shop-environment-b", release("b")),
      child("migration/job", "Job/shop-migrate-b", release("b")),
      web("a"),
    ],
    [],
    {
      "Job/shop-migrate-b": ["ConfigMap/shop-pgbouncer-b", "ConfigMap/shop-environment-b"],
      "Deployment/shop-web": ["ConfigMap/shop-environment-a"],
    },
  ],
  [
    "a route: the Service of a worker that paths lead to",
    [child("worker-api/service", "Service/shop-api", all), service(all), route({ "shop-web": 1, "shop-api": 1 })],
    [live("Service/shop-web", all)],
    { "HTTPRoute/shop-web": ["Service/shop-api"] },
  ],
  [
    "pods: what exists but is being deleted is missing",
    [child("service-account", "ServiceAccount/shop"), web("a")],
    [live("ServiceAccount/shop", { metadata: { deletionTimestamp: "2026-11-27T08:00:00Z" } })],
    { "Deployment/shop-web": ["ServiceAccount/shop"] },
  ],
])("%s", (_what, children, objects, expected) => {
  const { ofChildren } = findDependencies({ app, owned: objects }, { children, copies: [], prune: [] });
  expect(Object.fromEntries(ofChildren)).toEqual(expected);
});

const gone = live("Deployment/shop-web-canary", deployment("b"));

interface Ending {
  readonly of: LiveObject;
  readonly planned: PlannedWork["children"];
  readonly objects: readonly LiveObject[];
  readonly needs: readonly ObjectKey[];
}

const onB = live("Deployment/shop-web", deployment("b"));
const onA = live("Deployment/shop-web", deployment("a"));
const routed = (weight: number) => live("HTTPRoute/shop-web", routeTo({ "shop-web-canary": weight }));

test.each<[string, Ending]>([
  [
    "the candidate's pods: stable ones that are not back",
    { of: gone, planned: [web("a")], objects: [gone, onB], needs: ["Deployment/shop-web"] },
  ],
  [
    "the candidate's pods: stable ones that do not exist",
    { of: gone, planned: [web("a")], objects: [gone], needs: ["Deployment/shop-web"] },
  ],
  [
    "the candidate's pods: none where stable ones are as they should be",
    { of: gone, planned: [web("a")], objects: [gone, onA], needs: [] },
  ],
  [
    "the candidate's pods: a Service that selects them alone",
    { of: gone, planned: [], objects: [gone, live("Service/shop-web", only("b"))], needs: ["Service/shop-web"] },
  ],
  [
    "the candidate's pods: not a Service that selects others",
    { of: gone, planned: [], objects: [gone, live("Service/shop-web", only("a"))], needs: [] },
  ],
  [
    "the candidate's pods: a route that leads to them",
    { of: gone, planned: shared, objects: [gone, routed(40)], needs: ["HTTPRoute/shop-web"] },
  ],
  [
    "the candidate's pods: the canary's Service, where a refused route still leads to it",
    { of: gone, planned: [canaryService(ofTrack("stable"))], objects: [gone, routed(40)], needs: ["Service/shop-web-canary"] },
  ],
  ["the candidate's pods: not a route that gives them nothing", { of: gone, planned: shared, objects: [gone, routed(0)], needs: [] }],
  [
    "what all pods use: workloads that are to change",
    { of: live("StatefulSet/shop-redis-queue"), planned: [web("a")], objects: [onB], needs: ["Deployment/shop-web"] },
  ],
  ["what all pods use: not workloads that do not exist", { of: live("ServiceAccount/shop"), planned: [web("a")], objects: [], needs: [] }],
  [
    "a worker that is not wanted any more: nothing",
    { of: live("Deployment/shop-worker-old"), planned: [web("a")], objects: [onB], needs: [] },
  ],
  [
    "an old release: nothing, for it stays as long as it is used",
    { of: live("ConfigMap/shop-z-settings", release("z")), planned: [web("a")], objects: [onB], needs: [] },
  ],
])("before the end of %s", (_what, { of, planned, objects, needs }) => {
  const { ofPrune } = findDependencies({ app, owned: objects }, { children: planned, copies: [], prune: [{ object: of, reason: "" }] });
  expect(ofPrune.get(keyOf(of)) ?? []).toEqual(needs);
});

test("copies of ConfigMaps hold the pods of their own release alone", () => {
  const copies = [
    { source: "settings", name: "shop-a-settings", digest: "1", release: "a" },
    { source: "settings", name: "shop-b-settings", digest: "2", release: "b" },
  ];
  const { ofChildren } = findDependencies({ app, owned: [] }, { children: [web("a")], copies, prune: [] });
  expect(ofChildren.get("Deployment/shop-web")).toEqual(["ConfigMap/shop-a-settings"]);
});

test("an app that stands as planned depends on nothing", () => {
  const { dependencies } = makePlan(
    rollOut(snapshotOf({ stage: "growth", schedules: [{ name: "x", cron: "0 3 * * *", command: ["x"] }] })),
  );
  expect([...dependencies.ofChildren, ...dependencies.ofPrune]).toEqual([]);
});
