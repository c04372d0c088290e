import type { V1ServicePort } from "@kubernetes/client-node";
import { RELEASE_LABEL, TRACK_LABEL } from "../../api/labels.ts";
import type { Track } from "../../api/labels.ts";
import { isTree } from "../../base/tree.ts";
import type { Web } from "../../api/web.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webCanaryName, webName, webPreviewName } from "../names.ts";
import { webComponent } from "./deployment.ts";

/** The port of every Service in front of web pods, whatever the app itself listens on. */
export const servicePort = 80;

const appProtocols: Readonly<Record<Web["protocol"], string>> = { http: "http", h2c: "kubernetes.io/h2c", grpc: "grpc" };

/** The Service in front of the web pods; of the stable ones alone where a router gives the canary its share. */
export function buildWebService(identity: Identity): Manifest {
  const { app } = identity;
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(identity, webName(app.metadata.name), webComponent),
    spec: { type: "ClusterIP", selector: selectorLabels(app.metadata.name, webComponent), ports: ports(app.spec.web) },
  };
  return isWeighted(identity) ? selectTrack(service, "stable") : service;
}

/** The Service through which a router reaches a canary; undefined where there is no router, or no canary. */
export function buildCanaryService(identity: Identity): Manifest | undefined {
  return isWeighted(identity) ? toCanary(identity.app.metadata.name, buildWebService(identity)) : undefined;
}

function isWeighted({ app: { spec } }: Identity): boolean {
  return spec.routing?.gateway !== undefined && spec.rollout.strategy === "canary";
}

/** A second Service like the given one with the canary's pods behind it. */
export function toCanary(app: string, service: Manifest): Manifest {
  const canary = selectTrack(service, "canary");
  return { ...canary, metadata: { ...canary.metadata, name: webCanaryName(app) } };
}

/** The Service with the pods of one track behind it; undefined: of both. */
export function selectTrack(service: Manifest, track: Track | undefined): Manifest {
  const spec = isTree(service["spec"]) ? service["spec"] : {};
  const { [TRACK_LABEL]: _dropped, ...both } = isTree(spec["selector"]) ? spec["selector"] : {};
  return { ...service, spec: { ...spec, selector: track === undefined ? both : { ...both, [TRACK_LABEL]: track } } };
}

/** The Service with the pods of one release alone behind it: changing the release switches all requests at once. */
export function selectRelease(service: Manifest, release: string): Manifest {
  const spec = isTree(service["spec"]) ? service["spec"] : {};
  const selector = isTree(spec["selector"]) ? spec["selector"] : {};
  return { ...service, spec: { ...spec, selector: { ...selector, [RELEASE_LABEL]: release } } };
}

/** A second Service like the given one, through which a candidate can be looked at before it gets the users. */
export function buildPreviewService(app: string, service: Manifest, release: string): Manifest {
  const preview = selectRelease(service, release);
  return { ...preview, metadata: { ...preview.metadata, name: webPreviewName(app) } };
}

function ports(web: Web): V1ServicePort[] {
  const extra = web.extraPorts.map(({ name, port, protocol }) => ({ name, port, protocol, targetPort: name }));
  return [{ name: "http", port: servicePort, protocol: "TCP", targetPort: "http", appProtocol: appProtocols[web.protocol] }, ...extra];
}
