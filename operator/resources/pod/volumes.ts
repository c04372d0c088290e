import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { isMember } from "../../api/membership.ts";
import type { Volume } from "../../api/pod.ts";
import type { EffectiveSpec, ScalableApp } from "../../api/scalable-app.ts";
import { volumeClaimName } from "../names.ts";
import type { PodComponent } from "./component.ts";

/** Volumes of the pod with the places where containers see them. */
export interface Mounted {
  readonly volumes: readonly V1Volume[];
  readonly mounts: readonly V1VolumeMount[];
}

/** The user's files (read-only), scratch directories (writable, gone with the pod) and shared volumes of a component. */
export function userVolumes({ metadata, spec }: ScalableApp, component: Pick<PodComponent, "name" | "group">): Mounted {
  const files = spec.files.map((file, index) => fileVolume(file, `files-${index}`));
  const scratch = spec.scratch.map((path, index) => {
    const name = `scratch-${index}`;
    return { volume: { name, emptyDir: { sizeLimit: spec.scratchSize } }, mount: { name, mountPath: path } };
  });
  const shared = spec.volumes
    .filter(({ components }) => isMember(components, component))
    .map((volume) => sharedVolume(metadata.name, volume));
  const all = [...files, ...scratch, ...shared];
  return { volumes: all.map(({ volume }) => volume), mounts: all.map(({ mount }) => mount) };
}

function sharedVolume(app: string, volume: Volume): { volume: V1Volume; mount: V1VolumeMount } {
  const { claimName = volumeClaimName(app, volume.name), path, readOnly } = volume;
  const name = `volume-${volume.name}`;
  return {
    volume: { name, persistentVolumeClaim: { claimName, ...(readOnly && { readOnly }) } },
    mount: { name, mountPath: path, ...(readOnly && { readOnly }) },
  };
}

function fileVolume(file: EffectiveSpec["files"][number], name: string): { volume: V1Volume; mount: V1VolumeMount } {
  const mount = { name, mountPath: file.path, readOnly: true };
  return file.configMapRef === undefined
    ? { volume: { name, secret: { secretName: file.secretRef?.name ?? "" } }, mount }
    : { volume: { name, configMap: { name: file.configMapRef.name } }, mount };
}

/** The mounts of `paths`, each of which names a `files`, `scratch` or `volumes` entry. */
export function mountsAt(mounts: readonly V1VolumeMount[], paths: readonly string[]): V1VolumeMount[] {
  return mounts.filter((mount) => paths.includes(mount.mountPath));
}
