import { scalableApps } from "../api/kind.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../api/labels.ts";
import type { KubeClient } from "../kube/client.ts";
import { createInformer, type Informer } from "../kube/informer.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import {
  configMaps,
  controllerRevisions,
  cronJobs,
  deployments,
  horizontalPodAutoscalers,
  httpRoutes,
  jobs,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from "../kube/resources.ts";
import { slimChild, slimClaim, slimPod, slimReference, slimSecret } from "./transforms.ts";

/** Every kind of child that the operator writes and that every cluster knows. */
const childResources: readonly Resource[] = [
  controllerRevisions,
  deployments,
  statefulSets,
  services,
  serviceAccounts,
  configMaps,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  cronJobs,
  jobs,
];

/** The caches that reconciles read. */
export interface Informers {
  readonly apps: Informer;
  /** Only objects that carry our managed-by label, so that other people's objects cost neither memory nor traffic. */
  readonly children: readonly Informer[];
  /** Among the children; the Gateway API need not be installed. */
  readonly httpRoutes: Informer;
  readonly pods: Informer;
  /** The claims of the queues' volumes and of spec.volumes. */
  readonly claims: Informer;
  /** The users' ConfigMaps, metadata only. */
  readonly configMaps: Informer;
  /** The users' Secrets, metadata only; undefined unless the operator was given leave to watch them. */
  readonly secrets: Informer | undefined;
  readonly all: readonly Informer[];
}

/** How far the operator looks. */
export interface InformerScope {
  /** Namespaces to watch; empty: all. */
  readonly watchNamespaces: readonly string[];
  readonly secretAccess: "get" | "watch" | "none";
}

/** A page of stored releases is some 2.5 MB of JSON, and every kind is listed at once: the usual 500 at a time take 40 MB more at the start. */
const pageSize = 100;

/** Makes every cache; nothing is asked of the API server before they are started. */
export function createInformers(client: KubeClient, scope: InformerScope): Informers {
  const common = { client, pageSize, ...(scope.watchNamespaces.length > 0 && { namespaces: scope.watchNamespaces }) };
  const ours = { ...common, labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };
  const referenced = { ...common, metadataOnly: true };
  const apps = createInformer({ ...common, resource: scalableApps, transform: slimChild });
  const routes = createInformer({ ...ours, resource: httpRoutes, transform: slimChild, optional: true });
  const children = [...childResources.map((resource) => createInformer({ ...ours, resource, transform: slimChild })), routes];
  const podCache = createInformer({ ...ours, resource: pods, transform: slimPod, indexes: { app: labelledApp } });
  const claims = createInformer({ ...ours, resource: persistentVolumeClaims, transform: slimClaim, indexes: { app: labelledApp } });
  const configMapCache = createInformer({ ...referenced, resource: configMaps, transform: slimReference });
  const watchesSecrets = scope.secretAccess === "watch";
  const secretOptions = { ...referenced, resource: secrets, managedFields: true, transform: slimSecret };
  const secretCache = watchesSecrets ? createInformer(secretOptions) : undefined;
  const caches = [apps, ...children, podCache, claims, configMapCache, ...(secretCache ? [secretCache] : [])];
  return { apps, children, httpRoutes: routes, pods: podCache, claims, configMaps: configMapCache, secrets: secretCache, all: caches };
}

function labelledApp({ metadata }: KubeObject): readonly string[] {
  const app = metadata.labels?.["scalableapp.dev/app"];
  return app === undefined ? [] : [`${metadata.namespace}/${app}`];
}
