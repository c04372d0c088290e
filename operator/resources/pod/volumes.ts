import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { EffectiveSpec } from "../../api/scalable-app.ts";

/** Volumes of the pod with the places where containers see them. */
export interface Mounted {
  readonly volumes: readonly V1Volume[];
  readonly mounts: readonly V1VolumeMount[];
}

/** The user's files (read-only) and scratch directories (writable, gone with the pod). */
export function userVolumes(spec: EffectiveSpec): Mounted {
  const files = spec.files.map((file, index) => fileVolume(file, `files-${index}`));
  const scratch = spec.scratch.map((path, index) => {
    const name = `scratch-${index}`;
    return { volume: { name, emptyDir: {} }, mount: { name, mountPath: path } };
  });
  const all = [...files, ...scratch];
  return { volumes: all.map(({ volume }) => volume), mounts: all.map(({ mount }) => mount) };
}

function fileVolume(file: EffectiveSpec["files"][number], name: string): { volume: V1Volume; mount: V1VolumeMount } {
  const mount = { name, mountPath: file.path, readOnly: true };
  return file.configMapRef === undefined
    ? { volume: { name, secret: { secretName: file.secretRef?.name ?? "" } }, mount }
    : { volume: { name, configMap: { name: file.configMapRef.name } }, mount };
}

/** The mounts of `paths`, each of which names a `files` or `scratch` entry. */
export function mountsAt(mounts: readonly V1VolumeMount[], paths: readonly string[]): V1VolumeMount[] {
  return mounts.filter((mount) => paths.includes(mount.mountPath));
}
