import type { ScalableApp } from "../api/scalable-app.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import { configMapCopies } from "./config-map-copies.ts";
import type { ConfigMapCopy, RenderContext } from "./context.ts";
import type { Identity } from "./metadata.ts";
import { withPace, type Pace } from "./pace.ts";
import { canaryRole, type Placement } from "./placement.ts";
import { quiesce } from "./quiesce.ts";
import { restRedis } from "./redis/rest.ts";
import {
  buildStoredRelease,
  isReleaseScoped,
  isRenderedDifferently,
  renderRelease,
  settingsRoles,
  webTemplateOf,
  whyTooLarge,
  withTemplate,
} from "./release.ts";
import type { StoredRelease } from "./release.ts";
import { raiseFloor, raiseReplicas } from "./scaling/floor.ts";
import { withSecretVersions, type SecretVersions } from "./secret-versions.ts";
import { onTrack } from "./web/track.ts";

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

/** The children of an app whose releases are placed so. */
export interface RenderedReleases {
  /** Every child to apply, in order. */
  readonly children: readonly Child[];
  /** Children that run pods and are left as they are: no release may run yet, or the stable one is not stored. */
  readonly held: readonly Child[];
  /** The copies of ConfigMaps that the releases in use need; they must exist before the children of wave 1. */
  readonly copies: readonly (ConfigMapCopy & { readonly release: string })[];
  /** Ids of releases in use of which nothing is known. */
  readonly missing: readonly string[];
  /** Whether every track runs the release of the spec. While it bakes, the release before may still come back. */
  readonly rolledOut: boolean;
  /** Whether this operator would render the stable release otherwise, so far as it knows. */
  readonly outdated: boolean;
}

interface Scene {
  readonly identity: Identity;
  readonly releases: Releases;
  readonly current: readonly Child[];
  readonly copies: readonly ConfigMapCopy[];
  /** The children of each release in use, as far as it is known. */
  readonly children: ReadonlyMap<string, readonly Child[]>;
}

/** Renders an app whose releases are placed so: what buildChildren makes, with the pods of stored releases as they were stored. */
export function renderReleases(app: ScalableApp, releases: Releases, placement: Placement): RenderedReleases {
  const { revision, digests } = releases.context;
  const copies = configMapCopies(app, digests, revision);
  const context = { ...releases.context, copies };
  const identity: Identity = { app, context };
  const current = buildChildren(app, context, placement);
  const used = [...new Set([placement.stable, placement.candidate?.release, placement.migrate].filter((id) => id !== undefined))];
  const known = used.flatMap((id) => {
    const found = childrenOfRelease({ identity, releases, current }, id);
    return found ? [[id, found] as const] : [];
  });
  const scene: Scene = { identity, releases, current, copies, children: new Map(known) };
  const stable = scene.children.get(placement.stable ?? "");
  const pods = (stable ?? []).filter(({ podBearing }) => podBearing).map((child) => (placement.quiesced === true ? quiesce(child) : child));
  const { batch: surge, settleSeconds } = app.spec.rollout.rolling;
  const rendered: Pace = { surge, settleSeconds };
  const children = [
    ...shared(scene, placement),
    ...storedRelease(scene, used),
    ...settings(scene, placement),
    ...migration(scene, placement),
    ...pods
      .map((child) => withPace(child, rendered, releases.paces?.[child.role]))
      .map((child) => (child.role === "web/deployment" ? raiseReplicas(child, placement.stableAtLeast) : child)),
    ...candidate(scene, placement),
  ].map((child) => onTop(scene, child));
  const stored = releases.stored.find(({ id }) => id === placement.stable);
  return {
    children: withoutIdleScalers(children).toSorted((one, other) => one.wave - other.wave),
    held:
      stable === undefined
        ? scene.current.filter((child) => child.podBearing && isReleaseScoped(child)).map((child) => onTop(scene, child))
        : [],
    copies: used.flatMap((id) => copiesOf(scene, id)),
    missing: used.filter((id) => !scene.children.has(id)),
    rolledOut: placement.stable === revision && placement.candidate === undefined,
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
function childrenOfRelease(
  { identity, releases, current }: Pick<Scene, "identity" | "releases" | "current">,
  id: string,
): readonly Child[] | undefined {
  const stored = releases.stored.find((release) => release.id === id);
  if (stored) return renderRelease(identity, stored, current);
  return id === releases.context.revision ? current.filter(isReleaseScoped) : undefined;
}

function copiesOf({ releases, copies }: Scene, id: string): RenderedReleases["copies"] {
  const found = releases.stored.find((release) => release.id === id)?.copies ?? (id === releases.context.revision ? copies : []);
  return found.map((copy) => ({ ...copy, release: id }));
}

/** What no release owns: identity, Redis, Services, the route, budgets and autoscalers. */
function shared({ current, releases }: Scene, { stableAtLeast }: Placement): readonly Child[] {
  return current
    .filter((child) => child.role !== canaryRole && !isReleaseScoped(child))
    .map((child) => (releases.drained === true ? restRedis(child) : child))
    .map((child) => (child.role === "web/horizontal-pod-autoscaler" ? raiseFloor(child, stableAtLeast) : child));
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
function settings(scene: Scene, placement: Placement): readonly Child[] {
  const found = (id: string | undefined) => (id === undefined ? [] : settingsRoles.flatMap((role) => roleOf(scene, id, role)));
  const as = (track: string, children: readonly Child[]) =>
    children.map((child) => ({
      ...child,
      role: child.role.replace("pgbouncer/", `${track}/`).replace("environment/", `${track}-environment/`),
    }));
  const beside = placement.candidate?.release === placement.stable ? undefined : placement.candidate?.release;
  const running = [placement.stable, beside];
  const migrate = running.includes(placement.migrate) ? undefined : placement.migrate;
  const contract = [...running, migrate].includes(placement.contract) ? undefined : placement.contract;
  return [
    ...found(placement.stable),
    ...as("web-canary", found(beside)),
    // A migration reads the parts of the connection from a pooler too, before any pod of its release runs.
    ...as("migration", found(migrate)),
    ...as("contract", found(contract)),
  ];
}

function migration(scene: Scene, placement: Placement): readonly Child[] {
  return [
    ...(placement.migrate === undefined ? [] : roleOf(scene, placement.migrate, "migration/job")),
    ...(placement.contract === undefined ? [] : roleOf(scene, placement.contract, "migration/contract-job")),
  ];
}

/** The web Deployment of the candidate as it is built now, with its pods as they were stored. */
function candidate({ current, releases }: Scene, { candidate: beside }: Placement): readonly Child[] {
  const built = current.filter(({ role }) => role === canaryRole);
  const stored = releases.stored.find(({ id }) => id === beside?.release);
  if (stored === undefined) return beside?.release === releases.context.revision ? built : [];
  const template = onTrack(webTemplateOf(stored), "canary");
  return built.map((child) => ({ ...child, object: withTemplate(child.object, template) }));
}

function roleOf({ children }: Scene, id: string, role: string): readonly Child[] {
  return (children.get(id) ?? []).filter((child) => child.role === role);
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
