import type { Resource } from "../base/object.ts";

/** The API group of the resource that users write. */
export const GROUP = "scalableapp.dev";
/** The served and stored version. */
export const VERSION = "v1alpha1";
/** The value of `apiVersion`. */
export const API_VERSION = `${GROUP}/${VERSION}` as const;
/** The value of `kind`. */
export const KIND = "ScalableApp";
/** The plural name, as in the URL of the API server. */
export const PLURAL = "scalableapps";
/** The resource that users write, as the API server addresses it. */
export const scalableApps: Resource = Object.freeze({ apiVersion: API_VERSION, kind: KIND, plural: PLURAL, namespaced: true });
/** The singular name. */
export const SINGULAR = "scalableapp";
/** The short name, as in `kubectl get sapp`. */
export const SHORT_NAME = "sapp";
/** The field manager of every server-side apply, except of replica counts. */
export const FIELD_MANAGER = "scalable-app";
/** The field manager that writes `spec.replicas` of Deployments, so that an autoscaler can own the field afterwards. */
export const SCALE_FIELD_MANAGER = "scalable-app-scale";
/** The field manager that numbers stored releases in the order of their use; all else of them can never change. */
export const HISTORY_FIELD_MANAGER = "scalable-app-history";
/** The longest `metadata.name`, in characters: children append up to 23 characters and must stay DNS labels. */
export const MAX_APP_NAME_LENGTH = 40;
/** The longest `<app>-<schedule>`, in characters: a CronJob appends 11 characters to name its Jobs. */
export const MAX_CRON_JOB_NAME_LENGTH = 52;
