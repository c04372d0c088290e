import type { ScalableApp } from "../../api/scalable-app.ts";
import { memberNames } from "../../api/component-checks.ts";
import { read, readList, readString } from "../../base/read.ts";
import { redisQueueName, volumeClaimName } from "../../resources/names.ts";
import type { LiveObject, Snapshot } from "./snapshot.ts";

/** A claim that pods of a component mount, and the field of the spec that names it. */
interface Mounted {
  readonly claim: string;
  /** Without "spec.": "volumes[uploads]", "redis.queue". */
  readonly field: string;
  readonly isOwn: boolean;
}

/** Why a pod waits for a volume, and which field to change; undefined where the scheduler speaks of something else. */
export function describeVolumeTrouble(
  component: string,
  scheduler: string,
  { app, claims = [] }: Pick<Snapshot, "app" | "claims">,
): string | undefined {
  if (!/persistent ?volume|storageclass/iu.test(scheduler)) return undefined;
  for (const { claim: name, field, isOwn } of mountedBy(component, app)) {
    const missing = scheduler.includes(`persistentvolumeclaim "${name}" not found`);
    if (missing && !isOwn) return `the claim ${name} does not exist: create it, or correct ${field}.claimName`;
    const claim = claims.find(({ metadata }) => metadata.name === name);
    if (claim && readString(read(claim, "status", "phase")) === "Pending") return describePending(claim, field, app.metadata.namespace);
  }
  return undefined;
}

function mountedBy(component: string, { metadata, spec }: ScalableApp): readonly Mounted[] {
  if (component === "redis-queue") return [{ claim: `data-${redisQueueName(metadata.name)}-0`, field: "redis.queue", isOwn: true }];
  return spec.volumes
    .filter(({ components }) => memberNames(spec, components).includes(component))
    .map(({ name, claimName }) => ({
      claim: claimName ?? volumeClaimName(metadata.name, name),
      field: `volumes[${name}]`,
      isOwn: claimName === undefined,
    }));
}

/** A Pending claim holds nothing, so that it may go; the class of one that exists cannot change. */
function describePending(claim: LiveObject, field: string, namespace: string): string {
  const { name } = claim.metadata;
  const className = readString(read(claim, "spec", "storageClassName"));
  const again = `set ${field}.storageClassName, and delete the claim, which holds nothing yet (kubectl -n ${namespace} delete pvc ${name})`;
  if (className === undefined) {
    return `the claim ${name} is Pending: it names no StorageClass, and the cluster has no default one: make one the default, or ${remedyOf(field, again)}`;
  }
  const modes = readList(read(claim, "spec", "accessModes")).join(", ");
  return `the claim ${name} is Pending: StorageClass ${className} provides no volume of ${modes} (kubectl -n ${namespace} describe pvc ${name} says why): correct the class, or ${remedyOf(field, again)}`;
}

/** The API server takes no other class of a queue; it comes back over the new claim. */
function remedyOf(field: string, again: string): string {
  return field === "redis.queue" ? `remove redis.queue, delete the claim, and add redis.queue with another storageClassName` : again;
}
