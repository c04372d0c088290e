import type { V1Container, V1PodTemplateSpec, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import { pgbouncerName, serviceAccountName } from "../names.ts";
import { releasePodLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { usesPooler } from "../pgbouncer/pooler.ts";
import { poolerSidecar } from "../pgbouncer/sidecar.ts";
import { authorityMounts, authorityVolumes, poolerVolumes } from "../pgbouncer/volumes.ts";
import type { PodComponent } from "./component.ts";
import { appContainer, extraContainer } from "./container.ts";
import type { Surroundings } from "./container.ts";
import { contractEnvironment } from "./environment.ts";
import { podSecurityContext } from "./security.ts";
import { userVolumes } from "./volumes.ts";

/** The pod template of one component of the release. */
export function buildPodTemplate(identity: Identity, component: PodComponent): V1PodTemplateSpec {
  const { app } = identity;
  const { spec } = app;
  const users = userVolumes(spec);
  const surroundings = { contract: contractEnvironment(identity, component), mounts: users.mounts };
  const { tolerations, ...own } = component.pod;
  return {
    metadata: { labels: releasePodLabels(identity, component.name), annotations: spec.podMetadata.annotations },
    spec: {
      ...own,
      automountServiceAccountToken: false,
      // Kubernetes' own variables for Services could take the names of the user's.
      enableServiceLinks: false,
      serviceAccountName: spec.serviceAccount.name ?? serviceAccountName(app.metadata.name),
      securityContext: podSecurityContext(spec.podSecurity),
      imagePullSecrets: spec.imagePullSecrets,
      nodeSelector: spec.scheduling.nodeSelector,
      tolerations: [...spec.scheduling.tolerations, ...(tolerations ?? [])],
      ...(spec.scheduling.priorityClassName === "" ? {} : { priorityClassName: spec.scheduling.priorityClassName }),
      initContainers: initContainers(identity, component, surroundings),
      containers: [appContainer(identity, component, { ...surroundings, mounts: [...users.mounts, ...directMounts(identity, component)] })],
      volumes: [...users.volumes, ...databaseVolumes(identity, component)],
    },
  };
}

/** Sidecars stop in the opposite order of their start: the pooler comes first, so that nobody's connection outlives it. */
function initContainers(identity: Identity, component: PodComponent, surroundings: Surroundings): V1Container[] {
  const { spec } = identity.app;
  const pooler = spec.postgres !== undefined && isPooled(identity, component) ? [poolerSidecar(identity, spec.postgres)] : [];
  if (!component.extraContainers) return pooler;
  return [
    ...pooler,
    ...spec.sidecars.map((sidecar) => extraContainer(identity, sidecar, surroundings, { restartPolicy: "Always" })),
    ...spec.initContainers.map((container) => extraContainer(identity, container, surroundings)),
  ];
}

function isPooled(identity: Identity, component: PodComponent): boolean {
  return component.database === "pooled" && usesPooler(identity.app.spec);
}

function databaseVolumes(identity: Identity, component: PodComponent): V1Volume[] {
  const { postgres } = identity.app.spec;
  if (postgres === undefined) return [];
  const pooler = isPooled(identity, component)
    ? poolerVolumes(pgbouncerName(identity.app.metadata.name, identity.context.revision), postgres)
    : [];
  return [...pooler, ...authorityVolumes(postgres)];
}

function directMounts(identity: Identity, component: PodComponent): V1VolumeMount[] {
  const { postgres } = identity.app.spec;
  return postgres === undefined || isPooled(identity, component) ? [] : authorityMounts(postgres);
}
