import type { V1Container, V1EnvVar } from "@kubernetes/client-node";
import type { ExtraContainer, Probe } from "../../api/container.ts";
import type { Identity } from "../metadata.ts";
import { withSources } from "./config-map.ts";
import { appContainerName } from "./component.ts";
import type { PodComponent } from "./component.ts";
import { askedEnvironment, mergeEnvironment } from "./environment.ts";
import { containerSecurityContext } from "./security.ts";
import { mountsAt } from "./volumes.ts";
import type { Mounted } from "./volumes.ts";

/** What the containers of one pod share. */
export interface ContainerContext {
  /** The variables that the operator promises. */
  readonly contract: readonly V1EnvVar[];
  /** The images that are the app's own. */
  readonly images: readonly string[];
  readonly mounts: Mounted["mounts"];
}

/** The container that runs the user's image. */
export function appContainer(identity: Identity, component: PodComponent, context: ContainerContext): V1Container {
  const { spec } = identity.app;
  const { contract, envFrom } = withSources(identity, context.contract, [...spec.envFrom, ...component.settings.envFrom]);
  return {
    name: appContainerName,
    image: imageOf(identity, component),
    imagePullPolicy: spec.imagePullPolicy,
    command: component.command,
    args: component.args,
    env: mergeEnvironment(contract, mergeEnvironment(spec.env, component.settings.env)),
    envFrom,
    resources: component.resources,
    ...component.container,
    securityContext: containerSecurityContext(spec.podSecurity),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [...context.mounts],
  };
}

/** The image of a component: its own, or that of the app. */
export function imageOf(identity: Identity, { settings }: PodComponent): string {
  return settings.image ?? identity.app.spec.image;
}

/** One further container of the user's, with the same locked security; `extra` makes it a sidecar. One of the app's own image has all our variables. */
export function extraContainer(
  identity: Identity,
  container: ExtraContainer,
  context: ContainerContext,
  extra: Pick<V1Container, "restartPolicy"> = {},
): V1Container {
  const { spec } = identity.app;
  const { volumeMounts, startupProbe, readinessProbe, livenessProbe, components: _members, ...given } = container;
  const paths = volumeMounts.map(({ mountPath }) => mountPath);
  return {
    ...given,
    ...extra,
    startupProbe: toProbe(startupProbe),
    readinessProbe: toProbe(readinessProbe),
    livenessProbe: toProbe(livenessProbe),
    imagePullPolicy: spec.imagePullPolicy,
    env: context.images.includes(container.image)
      ? mergeEnvironment(context.contract, container.env)
      : askedEnvironment(context.contract, container.env, [...container.command, ...container.args]),
    securityContext: containerSecurityContext(spec.podSecurity),
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mountsAt(context.mounts, paths),
  };
}

/** A delay of 0 is left out, as the API server leaves it out: what is written must read the same when it comes back. */
function toProbe(probe: Probe | undefined): Omit<Probe, "initialDelaySeconds"> | undefined {
  if (probe === undefined || probe.initialDelaySeconds > 0) return probe;
  const { initialDelaySeconds: _, ...rest } = probe;
  return rest;
}
