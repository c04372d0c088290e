import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { database, identityOf, testRevision, treeAt } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import { defaultImages } from "./images.ts";
import type { Manifest } from "./manifest.ts";
import { buildStoredRelease, isRenderedDifferently, parseStoredRelease, ReleaseTooLargeError, renderRelease } from "./release.ts";
import type { StoredRelease } from "./release.ts";

const spec: Tree = {
  image: "ghcr.io/acme/shop:1",
  postgres: { ...database, pooler: { mode: "sidecar" } },
  workers: [{ name: "orders", command: ["work"], autoscaling: { minReplicas: 2, maxReplicas: 5 } }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }],
  migration: { command: ["migrate"] },
};
const copies = [{ source: "settings", name: `shop-${testRevision}-settings`, digest: "one" }];

function childrenOf(given: Tree, images = defaultImages): readonly Child[] {
  const { app, context } = identityOf(given, { images });
  return buildChildren(app, context);
}

function manifestOf(given: Tree): Manifest {
  const identity = identityOf(given, { digests: { "configmap/settings": "one" } });
  return buildStoredRelease(identity, { number: 3, renderer: "1.2.0", children: childrenOf(given), copies });
}

/** The release of a spec after its way through the API server. */
function store(given: Tree): StoredRelease {
  const release = parseStoredRelease(JSON.parse(JSON.stringify(manifestOf(given))) as Tree);
  if (!release) throw new Error("not stored");
  return release;
}

function named(children: readonly Child[], role: string): Child {
  const found = children.find((child) => child.role === role);
  if (!found) throw new Error(`no ${role}`);
  return found;
}

describe("a stored release", () => {
  test("is a ControllerRevision of the app, with all that belongs to this release alone", () => {
    expect(manifestOf(spec)).toMatchObject({
      apiVersion: "apps/v1",
      kind: "ControllerRevision",
      metadata: {
        name: `shop-${testRevision}`,
        namespace: "retail",
        labels: { "scalableapp.dev/release": testRevision, "scalableapp.dev/app": "shop" },
        ownerReferences: [{ uid: "uid-1", controller: true }],
      },
      revision: 3,
    });
    const release = store(spec);
    expect(release).toMatchObject({ id: testRevision, number: 3, renderer: "1.2.0", copies, digests: { "configmap/settings": "one" } });
    expect(release.children.map(({ role }) => role)).toEqual([
      "pgbouncer/config-map",
      "migration/job",
      "web/deployment",
      "worker-orders/deployment",
      "schedule-report/cron-job",
    ]);
    expect(JSON.stringify(release)).not.toContain("ownerReferences");
  });

  test("comes out as it went in", () => {
    const { context, app } = identityOf(spec);
    const rendered = renderRelease({ app, context }, store(spec), childrenOf(spec));
    const scoped = new Set(rendered.map(({ role }) => role));
    expect(rendered).toEqual(childrenOf(spec).filter(({ role }) => scoped.has(role)));
  });

  test.each([
    ["no data", {}],
    ["no number", { data: manifestOf(spec)["data"] }],
    ["another's data", { revision: 1, data: { spec: { template: {} } } }],
    ["children that are none", { revision: 1, data: { release: "a", children: [{ role: "web/deployment" }] } }],
    ["a broken pack", { revision: 1, data: { release: "a", packed: "AAAA" } }],
  ])("is not read from an object with %s", (_, object) => {
    expect(parseStoredRelease(object)).toBeUndefined();
  });

  test("stays far below what the API server stores, however many components there are", () => {
    const value = Array.from({ length: 30_000 }, (_, index) => String.fromCharCode(97 + ((index * 7919) % 26))).join("");
    const large = {
      ...spec,
      env: [{ name: "LONG", value }],
      schedules: Array.from({ length: 50 }, (_, index) => ({ name: `s${index}`, cron: "0 3 * * *", command: ["report"] })),
    };
    const size = JSON.stringify(manifestOf(large)).length;
    expect(JSON.stringify(childrenOf(large)).length).toBeGreaterThan(1024 * 1024);
    expect(size).toBeLessThan(1024 * 1024);
    const kept = store(large).children;
    const roles = new Set(kept.map(({ role }) => role));
    expect(kept).toEqual(
      (JSON.parse(JSON.stringify(childrenOf(large))) as Child[])
        .filter(({ role }) => roles.has(role))
        .map(({ object, ...rest }) => {
          const { ownerReferences: _owner, ...metadata } = object.metadata;
          return { ...rest, object: { ...object, metadata } };
        }),
    );
  });

  test("that is too large even so is refused with what to change", () => {
    let state = 1;
    const noise = () => String.fromCharCode(42 + ((state = (state * 48_271) % 2_147_483_647) % 84));
    const env = Array.from({ length: 40 }, (_, index) => ({ name: `N${index}`, value: Array.from({ length: 30_000 }, noise).join("") }));
    expect(() => manifestOf({ ...spec, env })).toThrow(ReleaseTooLargeError);
    expect(() => manifestOf({ ...spec, env })).toThrow(/move long values of spec\.env, spec\.overlays and of commands into ConfigMaps/u);
  });
});

describe("a release that is rendered from the store", () => {
  const stored = store(spec);
  const next = {
    ...spec,
    image: "ghcr.io/acme/shop:2",
    rollout: { progressDeadlineSeconds: 77 },
    overlays: { web: { metadata: { annotations: { a: "b" } }, spec: { minReadySeconds: 4 } } },
    web: { replicas: 7 },
    workers: [{ name: "mail", command: ["work"] }],
    schedules: [{ name: "report", cron: "0 5 * * *", command: ["other"], suspend: true }],
  };

  function rendered(given: Tree): readonly Child[] {
    return renderRelease(identityOf(given, { revision: "ffffffffff" }), stored, childrenOf(given));
  }

  test("keeps the pods of its Deployments, and takes all else of them from the current rendering", () => {
    const { object, replicas } = named(rendered(next), "web/deployment");
    const then = named(stored.children, "web/deployment").object;
    const now = named(childrenOf(next), "web/deployment").object;
    expect(treeAt(object, "spec", "template")).toEqual(treeAt(then, "spec", "template"));
    expect({ ...treeAt(object, "spec"), template: undefined }).toEqual({ ...treeAt(now, "spec"), template: undefined });
    expect(object).toMatchObject({ metadata: { annotations: { a: "b" } }, spec: { progressDeadlineSeconds: 77, minReadySeconds: 4 } });
    expect(replicas).toEqual({ fixed: 7 });
  });

  test("keeps its schedules whole, but for their pause", () => {
    expect(named(rendered(next), "schedule-report/cron-job").object).toMatchObject({ spec: { schedule: "0 3 * * *", suspend: true } });
    expect(named(rendered(spec), "schedule-report/cron-job").object).toMatchObject({ spec: { suspend: false } });
  });

  test("keeps its migration and its pooler's settings whole, under their own names", () => {
    expect(named(rendered(next), "migration/job").object.metadata.name).toBe(`shop-migrate-${testRevision}`);
    expect(named(rendered(next), "pgbouncer/config-map").object).toMatchObject({
      metadata: { name: `shop-pgbouncer-${testRevision}` },
      immutable: true,
    });
  });

  test("keeps a component that the spec no longer has, and knows none that it did not have", () => {
    const roles = rendered(next).map(({ role }) => role);
    expect(roles).toContain("worker-orders/deployment");
    expect(roles).not.toContain("worker-mail/deployment");
    expect(named(rendered(next), "worker-orders/deployment").replicas).toEqual({ autoscaled: { min: 2, max: 5 } });
  });

  test("rests with a suspended app, whether the spec still has a component or not", () => {
    const children = rendered({ ...next, suspend: true });
    for (const role of ["web/deployment", "worker-orders/deployment"]) expect(named(children, role).replicas).toEqual({ fixed: 0 });
    expect(named(children, "schedule-report/cron-job").object).toMatchObject({ spec: { suspend: true } });
  });

  test("belongs to the app of today", () => {
    for (const { object } of rendered(next)) {
      expect(object.metadata).toMatchObject({ namespace: "retail", ownerReferences: [{ uid: "uid-1" }] });
    }
  });
});

describe("whether a newer operator would render a release otherwise", () => {
  test("it does not, while only bounds, pauses and the pace change", () => {
    const same = { ...spec, web: { replicas: 3 }, rollout: { progressDeadlineSeconds: 99 }, suspend: true };
    expect(isRenderedDifferently(store(spec), childrenOf(same))).toBe(false);
  });

  test.each<[string, readonly Child[]]>([
    ["another image of the pooler", childrenOf(spec, { ...defaultImages, pgbouncer: "pgbouncer:next" })],
    ["another template", childrenOf({ ...spec, podSecurity: { runAsUser: 7 } })],
    ["another setting of the pooler", childrenOf({ ...spec, postgres: { ...database, pooler: { mode: "sidecar", poolSize: 9 } } })],
    ["one part less", childrenOf({ ...spec, migration: undefined })],
  ])("it does with %s", (_, children) => {
    expect(isRenderedDifferently(store(spec), children)).toBe(true);
  });
});
