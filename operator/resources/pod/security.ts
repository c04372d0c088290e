import type { V1PodSecurityContext, V1SecurityContext } from "@kubernetes/client-node";
import type { PodSecurity } from "../../api/pod.ts";

/** Ids that a pod's processes run with; never root unless the user asked for it. */
export interface Ids {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly fsGroup: number;
}

/** The pod's half of the restricted pod security standard. */
export function podSecurityContext(ids: Ids): V1PodSecurityContext {
  return {
    runAsNonRoot: ids.runAsUser !== 0,
    runAsUser: ids.runAsUser,
    runAsGroup: ids.runAsGroup,
    fsGroup: ids.fsGroup,
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
