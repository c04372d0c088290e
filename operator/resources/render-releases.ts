import { isTree } from "../base/tree.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import { configMapCopies } from "./config-map-copies.ts";
import type { ConfigMapCopy, RenderContext } from "./context.ts";
import type { Identity } from "./metadata.ts";
import { withPace, type Pace } from "./pace.ts";
import { restRedis } from "./redis/rest.ts";
import { buildStoredRelease, isReleaseScoped, isRenderedDifferently, renderRelease, settingsRoles, whyTooLarge } from "./release.ts";
import type { StoredRelease } from "./release.ts";
import { withSecretVersions, type SecretVersions } from "./secret-versions.ts";
import { buildCanaryDeployment } from "./web/canary-deployment.ts";
import { shareRequests } from "./web/http-route.ts";
import type { Share } from "./web/http-route.ts";
import { buildPreviewService, selectRelease, selectTrack, toCanary } from "./web/service.ts";

/** Which releases run where, as the state machine decided. */
export interface Tracks {
  /** The release of the stable web pods, the workers and the schedules; undefined: none may run yet. */
  readonly stable: string | undefined;
  /** The fewest pods of the stable web Deployment, where another Deployment's pods are about to go. */
  readonly stableAtLeast?: number;
  /** The release beside it in a web Deployment of its own, and how many pods it has. */
  readonly candidate?: { readonly release: string; readonly replicas: number };
  /** The only release that the web Service reaches (blue/green); without it, every web pod. */
  readonly serviceRelease?: string;
  /** How a router reaches the pods; without it, the web Service is the only way, and reaches both tracks. */
  readonly router?: RouterTracks;
  /** The release whose migration Job must exist now. */
  readonly migrate?: string;
  /** The release whose contract migration Job must exist now. */
  readonly contract?: string;
  /** Workers and schedules of the stable track rest, because `migration.quiesce` asks for it. */
  readonly resting?: boolean;
}

/** How a router reaches the pods of both tracks. */
export interface RouterTracks {
  /** Whether the web Service reaches the canary's pods too, while stable ones are replaced by their like. */
  readonly joint: boolean;
  /** The canary's share; without it, all requests go to the web Service. */
  readonly share?: Share;
  /** The canary's Service leads to the pods of the web Service, because the route cannot be written and may give it a weight still. */
  readonly detour?: true;
}

/** Where the releases of an app come from. */
export interface Releases {
  /** How the release that the spec asks for is rendered now; its revision is that release's id. */
  readonly context: RenderContext;
  readonly stored: readonly StoredRelease[];
  /** The version of this operator. */
  readonly renderer: string;
  /** Whether the app is suspended and all its own pods are gone, so that its Redis can rest too. */
  readonly drained?: boolean;
  /** How pods of the stable track are replaced now, by the role of their Deployment; default: as the spec says. */
  readonly paces?: Readonly<Record<string, Pace>>;
  /** What pods carry of the Secrets that they read; default: nothing. */
  readonly secretVersions?: SecretVersions;
}

/** The children of an app whose releases run on the given tracks. */
export interface RenderedTracks {
  /** Every child to apply, in order. */
  readonly children: readonly Child[];
  /** Children that run pods and are left as they are: no release may run yet, or the stable one is not stored. */
  readonly held: readonly Child[];
  /** The copies of ConfigMaps that the releases in use need; they must exist before the children of wave 1. */
  readonly copies: readonly (ConfigMapCopy & { readonly release: string })[];
  /** Ids of releases in use of which nothing is known. */
  readonly missing: readonly string[];
  /** Whether every track runs the release of the spec. While it bakes, the release before may still come back. */
  readonly settled: boolean;
  /** Whether this operator would render the stable release otherwise, so far as it can tell. */
  readonly outdated: boolean;
}

interface Scene {
  readonly identity: Identity;
  readonly releases: Releases;
  readonly current: readonly Child[];
  readonly copies: readonly ConfigMapCopy[];
}

/** Renders an app whose releases run on the given tracks; with one release on the stable track it is what buildChildren makes. */
export function renderTracks(app: ScalableApp, releases: Releases, tracks: Tracks): RenderedTracks {
  const { revision, digests } = releases.context;
  const copies = configMapCopies(app, digests, revision);
  const context = { ...releases.context, copies };
  const scene: Scene = { identity: { app, context }, releases, current: buildChildren(app, context), copies };
  const used = [...new Set([tracks.stable, tracks.candidate?.release, tracks.migrate].filter((id) => id !== undefined))];
  const stable = tracks.stable === undefined ? undefined : childrenOfRelease(scene, tracks.stable);
  const pods = (stable ?? []).filter(({ podBearing }) => podBearing).map((child) => (tracks.resting === true ? quiesce(child) : child));
  const { batch: surge, settleSeconds } = app.spec.rollout.rolling;
  const rendered: Pace = { surge, settleSeconds };
  const children = [
    ...shared(scene, tracks),
    ...storedRelease(scene, used),
    ...settings(scene, tracks),
    ...migration(scene, tracks),
    ...pods
      .map((child) => withPace(child, rendered, releases.paces?.[child.role]))
      .map((child) => (child.role === "web/deployment" ? raiseReplicas(child, tracks.stableAtLeast) : child)),
    ...candidate(scene, tracks),
  ].map((child) => onTop(scene, child));
  const stored = releases.stored.find(({ id }) => id === tracks.stable);
  return {
    children: withoutIdleScalers(children).toSorted((one, other) => one.wave - other.wave),
    held: stable === undefined ? scene.current.filter(({ podBearing }) => podBearing).map((child) => onTop(scene, child)) : [],
    copies: used.flatMap((id) => copiesOf(scene, id)),
    missing: used.filter((id) => childrenOfRelease(scene, id) === undefined),
    settled: tracks.stable === revision && tracks.candidate === undefined,
    outdated: stored !== undefined && stored.id === revision && isRenderedDifferently(stored, scene.current),
  };
}

/** Why the release of the spec cannot be stored; undefined where it can be, or is. */
export function refuseToStore(app: ScalableApp, releases: Releases): string | undefined {
  const { context, stored } = releases;
  if (stored.some(({ id }) => id === context.revision)) return undefined;
  const copies = configMapCopies(app, context.digests, context.revision);
  return whyTooLarge(buildChildren(app, { ...context, copies }));
}

/** What Secrets hold is put on top of any release. */
function onTop({ releases }: Scene, child: Child): Child {
  return child.podBearing ? withSecretVersions(child, releases.secretVersions ?? {}) : child;
}

/** The children of one release: from the store, or, where it is the one of the spec and new, as rendered now. */
function childrenOfRelease({ identity, releases, current }: Scene, id: string): readonly Child[] | undefined {
  const stored = releases.stored.find((release) => release.id === id);
  if (stored) return renderRelease(identity, stored, current);
  return id === releases.context.revision ? current.filter(isReleaseScoped) : undefined;
}

function copiesOf({ releases, copies }: Scene, id: string): RenderedTracks["copies"] {
  const found = releases.stored.find((release) => release.id === id)?.copies ?? (id === releases.context.revision ? copies : []);
  return found.map((copy) => ({ ...copy, release: id }));
}

/** What no release owns: identity, Redis, Services, budgets and autoscalers. */
function shared(scene: Scene, tracks: Tracks): readonly Child[] {
  return scene.current
    .filter((child) => !isReleaseScoped(child))
    .map((child) => (scene.releases.drained === true ? restRedis(child) : child))
    .flatMap((child) => {
      if (child.role === "web/service") return services(scene, child, tracks);
      if (child.role === "web-canary/service") return tracks.router === undefined ? [child] : [];
      if (child.role === "web/http-route") return [route(scene, child, tracks)];
      return child.role === "web/horizontal-pod-autoscaler" ? [raiseFloor(child, tracks.stableAtLeast)] : [child];
    });
}

/** The tracks decide, not the strategy of the spec, which may have been changed while a release of another strategy is under way. */
function services({ identity }: Scene, service: Child, { serviceRelease, candidate: beside, router }: Tracks): readonly Child[] {
  const { name } = identity.app.metadata;
  const all = selectTrack(service.object, undefined);
  if (serviceRelease !== undefined) {
    const active = { ...service, object: selectRelease(all, serviceRelease) };
    if (beside === undefined) return [active];
    return [active, { ...service, role: "web-preview/service", object: buildPreviewService(name, all, beside.release) }];
  }
  if (router === undefined) return [{ ...service, object: all }];
  const web = router.joint ? all : selectTrack(all, "stable");
  const canary = toCanary(name, all);
  return [
    { ...service, object: web },
    { ...service, role: "web-canary/service", object: router.detour === true ? { ...canary, spec: web["spec"] } : canary },
  ];
}

function route({ identity: { app } }: Scene, child: Child, { router }: Tracks): Child {
  if (router?.share === undefined) return child;
  return { ...child, object: shareRequests(app.metadata.name, child.object, router.share, app.spec.rollout.canary.match) };
}

function raiseReplicas(child: Child, floor = 0): Child {
  const { replicas } = child;
  if (replicas === undefined) return child;
  if ("autoscaled" in replicas) return { ...child, replicas: { autoscaled: raised(replicas.autoscaled, floor) } };
  // A suspended app stays at zero.
  return replicas.fixed === 0 ? child : { ...child, replicas: { fixed: Math.max(replicas.fixed, floor) } };
}

function raised({ min, max }: { readonly min: number; readonly max: number }, floor: number) {
  return { min: Math.max(min, Math.min(floor, max)), max };
}

/** While other pods carry the load, the autoscaler sees none, and would take away the pods that are about to get it. */
function raiseFloor(child: Child, floor = 0): Child {
  const { spec } = child.object;
  if (!isTree(spec) || typeof spec["minReplicas"] !== "number" || typeof spec["maxReplicas"] !== "number") return child;
  const { min } = raised({ min: spec["minReplicas"], max: spec["maxReplicas"] }, floor);
  return { ...child, object: { ...child.object, spec: { ...spec, minReplicas: min } } };
}

/** A release is stored as soon as it is used, before its pods are written. */
function storedRelease({ identity, releases, current, copies }: Scene, used: readonly string[]): readonly Child[] {
  const { stored, context, renderer } = releases;
  if (!used.includes(context.revision) || stored.some(({ id }) => id === context.revision)) return [];
  const number = 1 + Math.max(0, ...stored.map((release) => release.number));
  const object = buildStoredRelease(identity, { number, renderer, children: current, copies });
  return [{ role: "release/controller-revision", wave: 0, podBearing: false, object }];
}

/** The settings that the pods of the releases in use read. */
function settings(scene: Scene, tracks: Tracks): readonly Child[] {
  const found = (id: string | undefined) => (id === undefined ? [] : settingsRoles.flatMap((role) => roleOf(scene, id, role)));
  const as = (track: string, children: readonly Child[]) =>
    children.map((child) => ({
      ...child,
      role: child.role.replace("pgbouncer/", `${track}/`).replace("environment/", `${track}-environment/`),
    }));
  const beside = tracks.candidate?.release === tracks.stable ? undefined : tracks.candidate?.release;
  const running = [tracks.stable, beside];
  const migrate = running.includes(tracks.migrate) ? undefined : tracks.migrate;
  const contract = [...running, migrate].includes(tracks.contract) ? undefined : tracks.contract;
  return [
    ...found(tracks.stable),
    ...as("web-canary", found(beside)),
    // A migration reads the parts of the connection from a pooler too, before any pod of its release runs.
    ...as("migration", found(migrate)),
    ...as("contract", found(contract)),
  ];
}

function migration(scene: Scene, tracks: Tracks): readonly Child[] {
  return [
    ...(tracks.migrate === undefined ? [] : roleOf(scene, tracks.migrate, "migration/job")),
    ...(tracks.contract === undefined ? [] : roleOf(scene, tracks.contract, "migration/contract-job")),
  ];
}

function candidate(scene: Scene, { candidate: beside }: Tracks): readonly Child[] {
  if (beside === undefined) return [];
  return roleOf(scene, beside.release, "web/deployment").map((web) => ({
    ...web,
    role: "web-canary/deployment",
    object: buildCanaryDeployment(scene.identity.app.metadata.name, web.object),
    replicas: { fixed: beside.replicas },
  }));
}

function roleOf(scene: Scene, id: string, role: string): readonly Child[] {
  return (childrenOfRelease(scene, id) ?? []).filter((child) => child.role === role);
}

/** Whether a child rests while a migration runs that asks for it: workers and schedules do. */
export function rests(role: string): boolean {
  return /^(?:worker-.*\/deployment|schedule-.*\/cron-job)$/u.test(role);
}

function quiesce(child: Child): Child {
  if (!rests(child.role) || !isTree(child.object["spec"])) return child;
  if (child.object.kind === "Deployment") return { ...child, replicas: { fixed: 0, resting: true } };
  return { ...child, object: { ...child.object, spec: { ...child.object["spec"], suspend: true } } };
}

/** An autoscaler or budget of a component that does not run would only complain. */
function withoutIdleScalers(children: readonly Child[]): readonly Child[] {
  const running = new Set(children.filter(({ podBearing }) => podBearing).map(({ role }) => role));
  return children.filter(({ role }) => {
    const [component = "", kind] = role.split("/");
    const scales = kind === "horizontal-pod-autoscaler" || kind === "pod-disruption-budget";
    return !scales || running.has(`${component}/deployment`);
  });
}
