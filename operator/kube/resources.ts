import type { Resource } from "../base/object.ts";

function namespaced(apiVersion: string, kind: string, plural: string): Resource {
  return Object.freeze({ apiVersion, kind, plural, namespaced: true });
}

/** apps/v1 Deployment. */
export const deployments = namespaced("apps/v1", "Deployment", "deployments");
/** apps/v1 StatefulSet. */
export const statefulSets = namespaced("apps/v1", "StatefulSet", "statefulsets");
/** apps/v1 ControllerRevision. */
export const controllerRevisions = namespaced("apps/v1", "ControllerRevision", "controllerrevisions");
/** v1 Service. */
export const services = namespaced("v1", "Service", "services");
/** v1 ServiceAccount. */
export const serviceAccounts = namespaced("v1", "ServiceAccount", "serviceaccounts");
/** v1 ConfigMap. */
export const configMaps = namespaced("v1", "ConfigMap", "configmaps");
/** v1 Secret; asked for by name and metadata only, never listed by default. */
export const secrets = namespaced("v1", "Secret", "secrets");
/** v1 Pod. */
export const pods = namespaced("v1", "Pod", "pods");
/** v1 PersistentVolumeClaim. */
export const persistentVolumeClaims = namespaced("v1", "PersistentVolumeClaim", "persistentvolumeclaims");
/** autoscaling/v2 HorizontalPodAutoscaler. */
export const horizontalPodAutoscalers = namespaced("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers");
/** policy/v1 PodDisruptionBudget. */
export const podDisruptionBudgets = namespaced("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets");
/** batch/v1 CronJob. */
export const cronJobs = namespaced("batch/v1", "CronJob", "cronjobs");
/** batch/v1 Job. */
export const jobs = namespaced("batch/v1", "Job", "jobs");
/** networking.k8s.io/v1 NetworkPolicy. */
const networkPolicies = namespaced("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies");
/** gateway.networking.k8s.io/v1 HTTPRoute; the Gateway API need not be installed. */
export const httpRoutes = namespaced("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes");
/** coordination.k8s.io/v1 Lease. */
export const leases = namespaced("coordination.k8s.io/v1", "Lease", "leases");
/** events.k8s.io/v1 Event. */
export const events = namespaced("events.k8s.io/v1", "Event", "events");
/** v1 Event: the same objects as of events.k8s.io, to be found by the object that they are about. */
export const podEvents = namespaced("v1", "Event", "events");
/** v1 Namespace (cluster-scoped). */
export const namespaces: Resource = Object.freeze({ apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false });

/** Every kind above. */
const allResources: readonly Resource[] = Object.freeze([
  deployments,
  statefulSets,
  controllerRevisions,
  services,
  serviceAccounts,
  configMaps,
  secrets,
  pods,
  persistentVolumeClaims,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  cronJobs,
  jobs,
  networkPolicies,
  httpRoutes,
  leases,
  events,
  namespaces,
]);

const byKind = new Map(allResources.map((resource) => [`${resource.apiVersion}/${resource.kind}`, resource]));

/** The resource of a manifest's apiVersion and kind, or undefined when we do not touch that kind. */
export function resourceOf(object: { readonly apiVersion: string; readonly kind: string }): Resource | undefined {
  return byKind.get(`${object.apiVersion}/${object.kind}`);
}
