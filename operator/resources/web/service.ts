import type { V1ServicePort } from "@kubernetes/client-node";
import { RELEASE_LABEL } from "../../api/labels.ts";
import { isTree } from "../../api/tree.ts";
import type { Web } from "../../api/web.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webName, webPreviewName } from "../names.ts";
import { webComponent } from "./deployment.ts";

/** The port of the Service, whatever the app itself listens on. */
const servicePort = 80;

const appProtocols: Readonly<Record<Web["protocol"], string>> = { http: "http", h2c: "kubernetes.io/h2c", grpc: "grpc" };

/** The Service in front of the web pods of every release. */
export function buildWebService(identity: Identity): Manifest {
  const { app } = identity;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(identity, webName(app.metadata.name), webComponent),
    spec: { type: "ClusterIP", selector: selectorLabels(app.metadata.name, webComponent), ports: ports(app.spec.web) },
  };
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
