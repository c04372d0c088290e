import type { V1PodSecurityContext, V1SecurityContext } from "@kubernetes/client-node";
import type { PodSecurity } from "../../api/pod.ts";

/** Ids that a pod's processes run with; never root unless the user asked for it. null: the platform's choice. */
export interface Ids {
  readonly runAsUser: number | null;
  readonly runAsGroup: number | null;
  readonly fsGroup: number | null;
}

/** The ids of an image of the operator's own, without those that the user leaves to the platform: such a platform refuses every other. */
export function ownIds<T extends Partial<Readonly<Record<keyof Ids, number>>>>(users: Ids, own: T): Partial<T> {
  const left = (["runAsUser", "runAsGroup", "fsGroup"] as const).filter((id) => users[id] === null);
  const kept: Partial<T> = { ...own };
  for (const id of left) delete kept[id];
  return kept;
}

/** The pod's half of the restricted pod security standard. */
export function podSecurityContext(ids: Partial<Ids>): V1PodSecurityContext {
  return {
    runAsNonRoot: ids.runAsUser !== 0,
    runAsUser: ids.runAsUser ?? undefined,
    runAsGroup: ids.runAsGroup ?? undefined,
    fsGroup: ids.fsGroup ?? undefined,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** What a container may do. */
export type ContainerSecurity = Pick<V1SecurityContext, "allowPrivilegeEscalation" | "readOnlyRootFilesystem" | "capabilities">;

/** The container's half of the restricted pod security standard; only the root file system may be loosened. */
export function containerSecurityContext(security: Pick<PodSecurity, "readOnlyRootFilesystem">): ContainerSecurity {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: security.readOnlyRootFilesystem,
    capabilities: { drop: ["ALL"] },
  };
}

/** The container's half, for parts of the operator's own: nothing loosened. */
export function lockedSecurityContext(): ContainerSecurity {
  return containerSecurityContext({ readOnlyRootFilesystem: true });
}
