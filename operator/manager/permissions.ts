import type { SecretAccess } from "./options.ts";

/** What may be done with an object; there is no wildcard, no update of children and no collection delete. */
export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** One row of the operator's rights. */
export interface Permission {
  /** API group; "" is the core group. */
  readonly group: string;
  /** Plural, with the subresource where there is one. */
  readonly resource: string;
  readonly verbs: readonly Verb[];
  /** What the operator does with the right; it ends up beside the rule in the chart. */
  readonly why: string;
  /** `watched`: in every namespace served; `own`: only in the operator's namespace. */
  readonly where: "watched" | "own";
  /** Limits the right to the object that a chart value names; create can't be limited so. */
  readonly only?: "lease";
  /** Asked for by an admission plugin of the API server and so never seen as a request. */
  readonly byAdmission?: true;
  /** Given only under these values of --secret-access; default: always. */
  readonly secretAccess?: readonly SecretAccess[];
}

const child: readonly Verb[] = ["get", "list", "watch", "create", "patch", "delete"];

const children: readonly (readonly [group: string, resource: string, why: string])[] = [
  ["apps", "controllerrevisions", "releases as they were rendered, to return to"],
  ["apps", "deployments", "web, workers and managed Redis for caching"],
  ["apps", "statefulsets", "managed Redis for queues"],
  ["autoscaling", "horizontalpodautoscalers", "scaling of web and workers"],
  ["batch", "cronjobs", "what runs once per tick"],
  ["batch", "jobs", "migrations, once per release"],
  ["", "configmaps", "the pooler's configuration; those that a ScalableApp refers to are watched by metadata"],
  ["", "serviceaccounts", "the identity of an app's pods"],
  ["", "services", "the addresses of web and Redis"],
  ["gateway.networking.k8s.io", "httproutes", "requests from a Gateway, and a canary's share of them"],
  ["policy", "poddisruptionbudgets", "drains that keep an app serving"],
];

/**
 * Every right that the operator has, and why: the chart's roles are generated from this table, and a test compares it
 * with the requests that the operator makes.
 */
export const permissions: readonly Permission[] = [
  { group: "scalableapp.dev", resource: "scalableapps", verbs: ["get", "list", "watch"], why: "what users want", where: "watched" },
  { group: "scalableapp.dev", resource: "scalableapps/status", verbs: ["patch"], why: "what users see", where: "watched" },
  {
    group: "scalableapp.dev",
    resource: "scalableapps/finalizers",
    verbs: ["update"],
    why: "own children where the API server checks the right to block an owner's deletion, as OpenShift does",
    where: "watched",
    byAdmission: true,
  },
  ...children.map(([group, resource, why]): Permission => ({ group, resource, verbs: child, why, where: "watched" })),
  { group: "", resource: "pods", verbs: ["list", "watch"], why: "readiness, and why a pod fails", where: "watched" },
  {
    group: "",
    resource: "pods",
    verbs: ["patch"],
    why: "the deletion cost of workers, so that a release ends idle ones before busy ones; without it they end in any order",
    where: "watched",
  },
  {
    group: "",
    resource: "persistentvolumeclaims",
    verbs: ["list", "watch"],
    why: "the size of a queue's volume and of those in spec.volumes",
    where: "watched",
  },
  {
    group: "",
    resource: "persistentvolumeclaims",
    verbs: ["patch"],
    why: "make a volume grow where redis.queue.storage or volumes[].storage is raised; its class decides whether it may",
    where: "watched",
  },
  {
    group: "",
    resource: "persistentvolumeclaims",
    verbs: ["get", "create"],
    why: "make the claims of volumes[].storage, and see who owns one whose name is taken; none is ever deleted",
    where: "watched",
  },
  { group: "", resource: "pods/log", verbs: ["get"], why: "the last lines of a failed migration, for its condition", where: "watched" },
  {
    group: "",
    resource: "events",
    verbs: ["list"],
    why: "the Warnings about a pod that is not ready: a volume that is not mounted, a probe that fails",
    where: "watched",
  },
  { group: "events.k8s.io", resource: "events", verbs: ["create", "patch"], why: "inform users what was done", where: "watched" },
  {
    group: "",
    resource: "secrets",
    verbs: ["get"],
    why: "metadata of the Secrets that a ScalableApp names, so that pods restart when its data changes",
    where: "watched",
    secretAccess: ["get"],
  },
  {
    group: "",
    resource: "secrets",
    verbs: ["get", "list", "watch"],
    why: "follow the metadata of Secrets at once instead of every ten minutes",
    where: "watched",
    secretAccess: ["watch"],
  },
  { group: "coordination.k8s.io", resource: "leases", verbs: ["create"], why: "leader election, first start", where: "own" },
  { group: "coordination.k8s.io", resource: "leases", verbs: ["get", "update"], why: "leader election", where: "own", only: "lease" },
];

/** The rights that hold under one mode of access to Secrets. */
export function permissionsFor(secretAccess: SecretAccess): readonly Permission[] {
  return permissions.filter((permission) => permission.secretAccess?.includes(secretAccess) ?? true);
}
