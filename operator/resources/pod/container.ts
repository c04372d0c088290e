import type { V1Container, V1EnvVar } from "@kubernetes/client-node";
import type { ExtraContainer, Probe } from "../../api/container.ts";
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
  const { volumeMounts, startupProbe, readinessProbe, livenessProbe, ...given } = container;
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return {
    ...given,
    ...extra,
    startupProbe: toProbe(startupProbe),
    readinessProbe: toProbe(readinessProbe),
    livenessProbe: toProbe(livenessProbe),
    imagePullPolicy: spec.imagePullPolicy,
    env: mergeEnvironment(surroundings.contract, container.env),
    securityContext: containerSecurityContext(spec.podSecurity),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mountsAt(surroundings.mounts, paths),
  };
}

/** A delay of 0 is left out, as the API server leaves it out: what is written must read the same when it comes back. */
function toProbe(probe: Probe | undefined): Omit<Probe, "initialDelaySeconds"> | undefined {
  if (probe === undefined || probe.initialDelaySeconds > 0) return probe;
  const { initialDelaySeconds: _, ...rest } = probe;
  return rest;
}
