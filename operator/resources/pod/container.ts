import type { V1Container, V1EnvVar } from "@kubernetes/client-node";
import type { ExtraContainer } from "../../api/container.ts";
import type { Identity } from "../metadata.ts";
import { appContainerName } from "./component.ts";
import type { PodComponent } from "./component.ts";
import { mergeEnvironment } from "./environment.ts";
import { containerSecurityContext } from "./security.ts";
import { mountsAt } from "./volumes.ts";
import type { Mounted } from "./volumes.ts";

/** What the containers of one pod share. */
export interface Surroundings {
  /** The variables that the operator promises. */
  readonly contract: readonly V1EnvVar[];
  readonly mounts: Mounted["mounts"];
}

/** The container that runs the user's image. */
export function appContainer(identity: Identity, component: PodComponent, surroundings: Surroundings): V1Container {
  const { spec } = identity.app;
  return {
    name: appContainerName,
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy,
    command: component.command,
    args: component.args,
    env: mergeEnvironment(surroundings.contract, spec.env),
    envFrom: spec.envFrom,
    resources: component.resources,
    ...component.container,
    securityContext: containerSecurityContext(spec.podSecurity),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [...surroundings.mounts],
  };
}

/** One further container of the user's, with the same locked security; `extra` makes it a sidecar. */
export function extraContainer(
  identity: Identity,
  container: ExtraContainer,
  surroundings: Surroundings,
  extra: Pick<V1Container, "restartPolicy"> = {},
): V1Container {
  const { spec } = identity.app;
  const { volumeMounts, ...given } = container;
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return {
    ...given,
    ...extra,
    imagePullPolicy: spec.imagePullPolicy,
    env: mergeEnvironment(surroundings.contract, container.env),
    securityContext: containerSecurityContext(spec.podSecurity),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mountsAt(surroundings.mounts, paths),
  };
}
