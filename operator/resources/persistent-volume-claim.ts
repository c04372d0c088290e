import type { OwnVolume } from "../api/pod.ts";
import type { Manifest } from "./manifest.ts";
import { childMetadata } from "./metadata.ts";
import type { Identity } from "./metadata.ts";
import { volumeClaimName } from "./names.ts";

/** The access modes of a claim where the user names none: web, workers and schedules run on several nodes. */
const DEFAULT_ACCESS_MODES = ["ReadWriteMany"] as const;

/** The component label of a volume's claim. */
export function volumeComponent({ name }: Pick<OwnVolume, "name">): string {
  return `volume-${name}`;
}

/**
 * The claim of a volume that the operator provides. It has no owner, so that nothing deletes what users have uploaded: not the end of the
 * app, not the end of the entry. The labels say whose it is.
 */
export function buildVolumeClaim(identity: Identity, volume: OwnVolume): Manifest {
  const name = volumeClaimName(identity.app.metadata.name, volume.name);
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { ...childMetadata(identity, name, volumeComponent(volume)), ownerReferences: [] },
    spec: {
      accessModes: accessModesOf(volume),
      resources: { requests: { storage: volume.storage } },
      ...(volume.storageClassName === undefined ? {} : { storageClassName: volume.storageClassName }),
    },
  };
}

/** The access modes that a volume asks for. */
export function accessModesOf({ accessModes = [] }: Pick<OwnVolume, "accessModes">): readonly string[] {
  return accessModes.length === 0 ? DEFAULT_ACCESS_MODES : accessModes;
}
