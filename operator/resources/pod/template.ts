import type { V1Container, V1PodTemplateSpec, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { ExtraContainer } from "../../api/container.ts";
import { isMember } from "../../api/membership.ts";
import { pgbouncerName, serviceAccountName } from "../names.ts";
import { releasePodLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { usesPooler } from "../pgbouncer/pooler.ts";
import { poolerSidecar } from "../pgbouncer/sidecar.ts";
import { authorityMounts, authorityVolumes, poolerVolumes } from "../pgbouncer/volumes.ts";
import type { PodComponent } from "./component.ts";
import { appContainer, extraContainer, imageOf } from "./container.ts";
import type { ContainerContext } from "./container.ts";
import { contractEnvironment } from "./environment.ts";
import { evictionAnnotations } from "./eviction.ts";
import { schedulingOf } from "./scheduling.ts";
import { podSecurityContext } from "./security.ts";
import { userVolumes } from "./volumes.ts";

/** The pod template of one component of the release. */
export function buildPodTemplate(identity: Identity, component: PodComponent): V1PodTemplateSpec {
  const { app } = identity;
  const { spec } = app;
  const users = userVolumes(app, component);
  const images = [spec.image, imageOf(identity, component)];
  const context = { contract: contractEnvironment(identity, component), mounts: users.mounts, images };
  const { tolerations, ...own } = component.pod;
  const scheduling = schedulingOf(spec, component.settings);
  return {
    metadata: {
      labels: releasePodLabels(identity, component, imageOf(identity, component)),
      annotations: { ...evictionAnnotations(component, users), ...spec.podMetadata.annotations },
    },
    spec: {
      ...own,
      automountServiceAccountToken: false,
      // Kubernetes' own variables for Services could take the names of the user's.
      enableServiceLinks: false,
      serviceAccountName: spec.serviceAccount.name ?? serviceAccountName(app.metadata.name),
      securityContext: podSecurityContext(spec.podSecurity),
      imagePullSecrets: spec.imagePullSecrets,
      nodeSelector: scheduling.nodeSelector,
      tolerations: [...scheduling.tolerations, ...(tolerations ?? [])],
      ...(scheduling.priorityClassName === "" ? {} : { priorityClassName: scheduling.priorityClassName }),
      initContainers: initContainers(identity, component, context),
      containers: [appContainer(identity, component, { ...context, mounts: [...users.mounts, ...directMounts(identity, component)] })],
      volumes: [...users.volumes, ...databaseVolumes(identity)],
    },
  };
}

/** Sidecars stop in the opposite order of their start: the pooler comes first, so that nobody's connection outlives it. */
function initContainers(identity: Identity, component: PodComponent, context: ContainerContext): V1Container[] {
  const { spec } = identity.app;
  const pooler = spec.postgres !== undefined && usesPooler(spec) ? [poolerSidecar(identity, spec.postgres, component.database)] : [];
  const own = (container: ExtraContainer) => isMember(container.components, component);
  return [
    ...pooler,
    ...spec.sidecars.filter(own).map((sidecar) => extraContainer(identity, sidecar, context, { restartPolicy: "Always" })),
    ...spec.initContainers.filter(own).map((container) => extraContainer(identity, container, context)),
  ];
}

function databaseVolumes(identity: Identity): V1Volume[] {
  const { postgres } = identity.app.spec;
  if (postgres === undefined) return [];
  const pooler = usesPooler(identity.app.spec)
    ? poolerVolumes(pgbouncerName(identity.app.metadata.name, identity.context.revision), postgres)
    : [];
  return [...pooler, ...authorityVolumes(postgres)];
}

function directMounts(identity: Identity, component: PodComponent): V1VolumeMount[] {
  const { postgres } = identity.app.spec;
  const isPooled = component.database === "pooled" && usesPooler(identity.app.spec);
  return postgres === undefined || isPooled ? [] : authorityMounts(postgres);
}
