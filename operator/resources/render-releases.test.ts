import { describe, expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { database, identityOf, listOf, treeAt } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import { configMapCopies } from "./config-map-copies.ts";
import { buildStoredRelease, parseStoredRelease } from "./release.ts";
import type { StoredRelease } from "./release.ts";
import type { Placement } from "./placement.ts";
import { carriedSecrets } from "./secret-versions.ts";
import { renderReleases } from "./render-releases.ts";
import type { RenderedReleases } from "./render-releases.ts";

const oldId = "1111111111";
const newId = "2222222222";
const oldSpec: Tree = {
  image: "ghcr.io/acme/shop:1",
  stage: "growth",
  postgres: database,
  envFrom: [{ configMapRef: { name: "settings" } }],
  workers: [{ name: "orders", command: ["work"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }],
  migration: { command: ["migrate"] },
};
const newSpec: Tree = {
  ...oldSpec,
  image: "ghcr.io/acme/shop:2",
  workers: [{ name: "mail", command: ["work"], autoscaling: { minReplicas: 1, maxReplicas: 3 } }],
};
const digests = { "configmap/settings": "one" };

function store(id: string, spec: Tree, number: number): StoredRelease {
  const { app, context } = identityOf(spec, { revision: id, digests });
  const copies = configMapCopies(app, digests, id);
  const children = buildChildren(app, { ...context, copies });
  const release = parseStoredRelease(buildStoredRelease({ app, context }, { number, renderer: "1", children, copies }));
  if (!release) throw new Error("not stored");
  return release;
}

const oldRelease = store(oldId, oldSpec, 4);
const newRelease = store(newId, newSpec, 5);

/** The spec asks for the new release, the old one is stored. */
function render(placement: Placement, stored: readonly StoredRelease[] = [oldRelease], more: { spec?: Tree } = {}): RenderedReleases {
  const { app, context } = identityOf(more.spec ?? newSpec, { revision: newId, digests });
  return renderReleases(app, { context, stored, renderer: "1" }, placement);
}

function roles(children: readonly Child[]): readonly string[] {
  return children.map(({ role }) => role);
}

function of(rendered: RenderedReleases, role: string): Child {
  const found = rendered.children.find((child) => child.role === role);
  if (!found) throw new Error(`no ${role} among ${roles(rendered.children).join(", ")}`);
  return found;
}

function releaseOf(rendered: RenderedReleases, role: string): unknown {
  const spec = treeAt(of(rendered, role).object, "spec");
  const template = role.endsWith("cron-job") ? treeAt(spec, "jobTemplate", "spec", "template") : treeAt(spec, "template");
  return treeAt(template, "metadata", "labels")["scalableapp.dev/release"];
}

describe("one release", () => {
  const rendered = render({ stable: newId, migrate: newId }, []);

  test("is what buildChildren makes of it, and is stored before its pods are written", () => {
    const { app, context } = identityOf(newSpec, { revision: newId, digests });
    const children = buildChildren(app, { ...context, copies: configMapCopies(app, digests, newId) });
    const own = rendered.children.filter(({ role }) => role !== "release/controller-revision");
    const byRole = (one: Child, other: Child) => (one.role < other.role ? -1 : 1);
    expect([...own].toSorted(byRole)).toEqual([...children].toSorted(byRole));
    expect(of(rendered, "release/controller-revision")).toMatchObject({
      wave: 0,
      object: { revision: 1, metadata: { name: `shop-${newId}` } },
    });
    expect(rendered).toMatchObject({ held: [], missing: [], rolledOut: true, outdated: false });
  });

  test("comes in waves, each object once", () => {
    const waves = rendered.children.map(({ wave }) => wave);
    expect(waves).toEqual(waves.toSorted((one, other) => one - other));
    expect(new Set(roles(rendered.children)).size).toBe(rendered.children.length);
  });

  test("needs its copies of ConfigMaps", () => {
    expect(rendered.copies).toEqual([{ source: "settings", name: `shop-${newId}-settings`, digest: "one", release: newId }]);
  });

  test("is not stored twice, and gets the next number", () => {
    expect(roles(render({ stable: newId }, [newRelease]).children)).not.toContain("release/controller-revision");
    expect(of(render({ stable: newId }, [oldRelease]), "release/controller-revision").object["revision"]).toBe(5);
  });

  test("that is not used yet is not stored", () => {
    expect(roles(render({ stable: oldId }).children)).not.toContain("release/controller-revision");
  });
});

describe("before the first release may run", () => {
  const rendered = render({ stable: undefined, migrate: newId }, []);

  test("all but its pods and their autoscalers is there, and its pods are held", () => {
    expect(roles(rendered.children)).toEqual([
      "service-account",
      "redis-cache/service",
      "redis-cache/deployment",
      "web/service",
      "release/controller-revision",
      "migration/config-map",
      "migration-environment/config-map",
      "migration/job",
    ]);
    expect(roles(rendered.held)).toEqual(["web/deployment", "worker-mail/deployment", "schedule-report/cron-job"]);
    expect(rendered.rolledOut).toBe(false);
  });
});

describe("while a new release migrates", () => {
  test("all pods are those of the stable release", () => {
    const rendered = render({ stable: oldId, migrate: newId });
    for (const role of ["web/deployment", "worker-orders/deployment", "schedule-report/cron-job"])
      expect(releaseOf(rendered, role)).toBe(oldId);
    expect(of(rendered, "migration/job").object.metadata.name).toBe(`shop-migrate-${newId}`);
    expect(roles(rendered.children).filter((role) => role.startsWith("worker-mail"))).toEqual([]);
    expect(of(rendered, "pgbouncer/config-map").object.metadata.name).toBe(`shop-pgbouncer-${oldId}`);
    expect(rendered).toMatchObject({ held: [], rolledOut: false });
  });

  test("the pooler beside the migration has its settings before the Job is there", () => {
    const { children } = render({ stable: oldId, migrate: newId });
    const settings = children.filter(({ role }) => role.endsWith("/config-map"));
    expect(settings.map(({ role, object }) => [role, object.metadata.name])).toEqual([
      ["pgbouncer/config-map", `shop-pgbouncer-${oldId}`],
      ["environment/config-map", `shop-environment-${oldId}`],
      ["migration/config-map", `shop-pgbouncer-${newId}`],
      ["migration-environment/config-map", `shop-environment-${newId}`],
    ]);
    expect(settings.every(({ wave }) => wave === 0)).toBe(true);
    const same = render({ stable: newId, migrate: newId, contract: newId }, [newRelease]);
    expect(roles(same.children).filter((role) => role.endsWith("/config-map"))).toEqual(["pgbouncer/config-map", "environment/config-map"]);
  });

  test("workers and schedules rest where it asks for that, and web goes on", () => {
    const rendered = render({ stable: oldId, migrate: newId, quiesced: true });
    expect(of(rendered, "worker-orders/deployment").replicas).toEqual({ fixed: 0, idle: true });
    expect(of(rendered, "schedule-report/cron-job").object).toMatchObject({ spec: { suspend: true } });
    expect(of(rendered, "web/deployment").replicas).toEqual({ autoscaled: { min: 2, max: 4 } });
  });
});

describe("a candidate", () => {
  const rendered = render({ stable: oldId, candidate: { release: newId, replicas: 3 } });

  test("runs beside stable, with settings and content of its own", () => {
    expect(releaseOf(rendered, "web/deployment")).toBe(oldId);
    expect(releaseOf(rendered, "web-canary/deployment")).toBe(newId);
    expect(of(rendered, "web-canary/deployment")).toMatchObject({ podBearing: true, wave: 2, replicas: { fixed: 3 } });
    expect(JSON.stringify(of(rendered, "web-canary/deployment").object)).toContain(`shop-${newId}-settings`);
    expect(JSON.stringify(of(rendered, "web/deployment").object)).toContain(`shop-${oldId}-settings`);
    expect(of(rendered, "pgbouncer/config-map").object.metadata.name).toBe(`shop-pgbouncer-${oldId}`);
    expect(of(rendered, "web-canary/config-map").object.metadata.name).toBe(`shop-pgbouncer-${newId}`);
    expect(rendered.copies.map(({ name }) => name)).toEqual([`shop-${oldId}-settings`, `shop-${newId}-settings`]);
  });

  test("shares the Service with stable, by the number of pods", () => {
    expect(treeAt(of(rendered, "web/service").object, "spec", "selector")).toEqual({
      "scalableapp.dev/app": "shop",
      "app.kubernetes.io/component": "web",
    });
    expect(roles(rendered.children)).not.toContain("web-preview/service");
  });

  test("leaves workers and schedules to stable", () => {
    expect(releaseOf(rendered, "worker-orders/deployment")).toBe(oldId);
    expect(releaseOf(rendered, "schedule-report/cron-job")).toBe(oldId);
  });

  test("may be an old release, whatever the spec asks for", () => {
    const back = render({ stable: newId, candidate: { release: oldId, replicas: 1 } }, [oldRelease, newRelease]);
    expect(releaseOf(back, "web-canary/deployment")).toBe(oldId);
    expect(back.rolledOut).toBe(false);
  });
});

describe("blue/green", () => {
  const candidate = { release: newId, replicas: 2 };
  const selected = (rendered: RenderedReleases, role: string) =>
    treeAt(of(rendered, role).object, "spec", "selector")["scalableapp.dev/release"];

  test("keeps the users on one release, and shows the other behind the preview Service", () => {
    const rendered = render({ stable: oldId, candidate, serviceRelease: oldId });
    expect([selected(rendered, "web/service"), selected(rendered, "web-preview/service")]).toEqual([oldId, newId]);
    expect(of(rendered, "web-preview/service").object.metadata.name).toBe("shop-web-preview");
  });

  test("switches by the Service alone", () => {
    const before = render({ stable: oldId, candidate, serviceRelease: oldId });
    const after = render({ stable: oldId, candidate, serviceRelease: newId });
    expect(selected(after, "web/service")).toBe(newId);
    expect(after.children.filter(({ role }) => role !== "web/service")).toEqual(
      before.children.filter(({ role }) => role !== "web/service"),
    );
  });

  test("while the candidate carries all, stable keeps enough pods to take over", () => {
    const rendered = render({ stable: newId, candidate, serviceRelease: newId, stableAtLeast: 3 });
    expect(of(rendered, "web/deployment").replicas).toEqual({ autoscaled: { min: 3, max: 4 } });
    expect(of(rendered, "web/horizontal-pod-autoscaler").object).toMatchObject({ spec: { minReplicas: 3, maxReplicas: 4 } });
    const fixed = { ...newSpec, web: { replicas: 2 } };
    expect(of(render({ stable: newId, stableAtLeast: 3 }, [], { spec: fixed }), "web/deployment").replicas).toEqual({ fixed: 3 });
    const suspended = { ...newSpec, suspend: true };
    expect(of(render({ stable: newId, stableAtLeast: 3 }, [], { spec: suspended }), "web/deployment").replicas).toEqual({ fixed: 0 });
  });

  test("one release on both tracks has one set of settings", () => {
    const rendered = render({ stable: newId, candidate, serviceRelease: newId });
    expect(roles(rendered.children).filter((role) => role.endsWith("config-map"))).toEqual([
      "pgbouncer/config-map",
      "environment/config-map",
    ]);
  });
});

describe("a router", () => {
  const candidate = { release: newId, replicas: 1 };
  const routing = { hosts: ["shop.example.com"], gateway: { name: "public" } };
  const spec = { ...newSpec, routing, rollout: { strategy: "canary", canary: { match: { header: { name: "x-canary", value: "1" } } } } };
  const at = (placement: Partial<Placement>, given: Tree = spec) => render({ stable: oldId, ...placement }, [oldRelease], { spec: given });
  const track = (rendered: RenderedReleases, role: string) =>
    treeAt(of(rendered, role).object, "spec", "selector")["scalableapp.dev/track"];
  const rules = (rendered: RenderedReleases) => listOf(treeAt(of(rendered, "web/http-route").object, "spec")["rules"]);
  const weights = (rendered: RenderedReleases) =>
    rules(rendered).map((rule) => listOf(rule["backendRefs"]).map(({ name, weight }) => [name, weight]));

  test("gives the canary its share, and the header its way", () => {
    const rendered = at({ candidate, router: { joint: false, share: { weight: 5, reachable: true } } });
    expect([track(rendered, "web/service"), track(rendered, "web-canary/service")]).toEqual(["stable", "canary"]);
    expect(weights(rendered)).toEqual([
      [["shop-web-canary", 1]],
      [
        ["shop-web", 95],
        ["shop-web-canary", 5],
      ],
    ]);
  });

  test("leads to one Service before and after, which reaches both tracks while stable pods are replaced", () => {
    const promoting = at({ candidate, router: { joint: true } });
    expect([track(promoting, "web/service"), track(promoting, "web-canary/service")]).toEqual([undefined, "canary"]);
    expect(weights(promoting)).toEqual([[["shop-web", 1]]]);
    const rest = at({ router: { joint: false } });
    expect([track(rest, "web/service"), track(rest, "web-canary/service")]).toEqual(["stable", "canary"]);
    expect(weights(rest)).toEqual([[["shop-web", 1]]]);
  });

  test("shares on while the spec asks for another strategy already", () => {
    const rolling = { ...spec, rollout: { strategy: "rolling" } };
    const rendered = at({ candidate, router: { joint: false, share: { weight: 5, reachable: true } } }, rolling);
    expect([track(rendered, "web/service"), track(rendered, "web-canary/service")]).toEqual(["stable", "canary"]);
  });

  test("takes no part in a blue/green release that goes on under another strategy", () => {
    const rendered = at({ candidate, serviceRelease: newId });
    expect(track(rendered, "web/service")).toBeUndefined();
    expect(roles(rendered.children).filter((role) => role === "web-canary/service")).toHaveLength(1);
  });
});

describe("after a promotion", () => {
  test("all parts run the new release; the worker that is gone is no child any more", () => {
    const rendered = render({ stable: newId }, [oldRelease, newRelease]);
    for (const role of ["web/deployment", "worker-mail/deployment", "schedule-report/cron-job"])
      expect(releaseOf(rendered, role)).toBe(newId);
    expect(roles(rendered.children)).toContain("worker-mail/horizontal-pod-autoscaler");
    expect(roles(rendered.children).filter((role) => role.startsWith("worker-orders"))).toEqual([]);
    expect(rendered.rolledOut).toBe(true);
  });
});

describe("an operator that renders otherwise", () => {
  const { app, context } = identityOf(newSpec, { revision: newId, digests });
  const images = { ...context.images, pgbouncer: "pgbouncer:next" };
  const rendered = renderReleases(app, { context: { ...context, images }, stored: [newRelease], renderer: "2" }, { stable: newId });

  test("leaves the pods as they are, and reports it", () => {
    const same = render({ stable: newId }, [newRelease]);
    expect(rendered.children).toEqual(same.children);
    expect([rendered.outdated, same.outdated]).toEqual([true, false]);
  });
});

test("a stable release of which nothing is known is held, not replaced", () => {
  const rendered = render({ stable: "3333333333", candidate: { release: newId, replicas: 1 } }, []);
  expect(rendered).toMatchObject({ missing: ["3333333333"], rolledOut: false });
  expect(roles(rendered.held)).toContain("web/deployment");
  expect(roles(rendered.children)).toContain("web-canary/deployment");
  expect(roles(rendered.children)).not.toContain("web/deployment");
});

test("what pods carry of Secrets is put on top of both stored releases, and of nothing that runs once", () => {
  const { app, context } = identityOf(newSpec, { revision: newId, digests });
  const placement = { stable: oldId, candidate: { release: newId, replicas: 1 }, migrate: newId };
  const releases = { context, stored: [oldRelease, newRelease], renderer: "1" };
  const [plain, carrying] = [
    renderReleases(app, releases, placement),
    renderReleases(app, { ...releases, secretVersions: { "shop-db": "v1" } }, placement),
  ];
  const changed = carrying.children.filter((child, index) => JSON.stringify(child) !== JSON.stringify(plain.children[index]));
  expect(roles(changed).toSorted()).toEqual(["web-canary/deployment", "web/deployment", "worker-orders/deployment"]);
  expect(changed.map(({ object }) => carriedSecrets(object))).toEqual(changed.map(() => "shop-db=v1"));
  expect(carrying.outdated).toBe(plain.outdated);
});
