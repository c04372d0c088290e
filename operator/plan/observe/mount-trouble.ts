import type { ScalableApp } from "../../api/scalable-app.ts";
import { memberNames } from "../../api/component-checks.ts";
import { fieldOfSharedVolume } from "./component-fields.ts";
import type { PodEvent } from "./pod-events.ts";
import { quoted } from "./quoted.ts";

const reasons = new Set(["FailedMount", "FailedAttachVolume", "FailedMapVolume"]);
/** What a kubelet says of every pod that starts while its caches fill. */
const passing = /failed to sync (?:secret|configmap) cache|not registered/iu;
/** The first of the volumes that a pod still waits for. */
const unmounted = /unmounted volumes=\[([^\s\]]+)/u;

/** Why the newest Warning says that a volume of a pod cannot be mounted, and which field to change; undefined where none says so. */
export function describeMountEvents(events: readonly PodEvent[], component: string, app: ScalableApp): string | undefined {
  const failed = events.filter(({ reason, message }) => reasons.has(reason) && !passing.test(message));
  // "Unable to attach or mount volumes" repeats which one, and not why.
  const event = failed.find(({ message }) => !unmounted.test(message)) ?? failed[0];
  if (event === undefined) return undefined;
  const [, named, cause = event.message] = /for volume "([^"]+)"\s*:?\s*(.*)$/su.exec(event.message) ?? [];
  const volume = [named, ...failed.map(({ message }) => unmounted.exec(message)?.[1])].find((name) => name !== undefined && isOurs(name));
  const field = volume === undefined ? otherField(component, named, app) : fieldOfVolume(volume, app);
  return `${field} cannot be mounted: ${quoted(cause)}: ${remedy(event.message, field)}`;
}

/** Names of volumes in the pods that the operator makes; those of bound claims are the cluster's. */
function isOurs(name: string): boolean {
  return /^(?:files|scratch)-\d+$|^volume-|^(?:database|database-ca|pgbouncer|pgbouncer-run|data)$/u.test(name);
}

function fieldOfVolume(name: string, { spec }: ScalableApp): string {
  const [, kind, index] = /^(files|scratch)-(\d+)$/u.exec(name) ?? [];
  if (kind === "scratch") return `scratch[${index}]`;
  if (index !== undefined) {
    const reference = spec.files[Number(index)]?.secretRef === undefined ? "configMapRef" : "secretRef";
    return `files[${index}].${reference}`;
  }
  const shared = spec.volumes.find((each) => name === `volume-${each.name}`);
  if (shared !== undefined) return fieldOfSharedVolume(shared);
  if (name === "database") return "postgres.urlFrom";
  if (name === "database-ca") return "postgres.tls.caSecretRef";
  return name === "data" ? "redis.queue.storage" : "postgres.pooler";
}

/** A claim's volume has a name of the cluster's making, and one of an overlay any name. */
function otherField(component: string, name: string | undefined, { spec }: ScalableApp): string {
  if (component === "redis-queue") return "redis.queue.storage";
  const [only, ...others] = spec.volumes.filter(({ components }) => memberNames(spec, components).includes(component));
  if (only !== undefined && (name === undefined || name.startsWith("pvc-")))
    return others.length === 0 ? fieldOfSharedVolume(only) : "volumes";
  return name === undefined ? "a volume" : `volume ${name} (of an overlay, or of the cluster)`;
}

function remedy(message: string, field: string): string {
  const [, key] = /references non-existent (?:config|secret) key: (\S+)/u.exec(message) ?? [];
  if (key !== undefined) return `add the key ${key}, or correct ${field}`;
  if (/(?:configmap|secret)s? "[^"]+" not found/iu.test(message)) return `create it, or correct ${field}`;
  if (/not found in the list of registered CSI drivers/u.test(message)) {
    return "its node does not run that driver: install it there, or use a claim of another StorageClass";
  }
  if (/Multi-Attach|exclusively attached|already used by/iu.test(message)) {
    return "its claim serves one node at a time: use one with the access mode ReadWriteMany, or end the pod on the other node";
  }
  return `check what it names, and its claim with kubectl describe pvc`;
}
