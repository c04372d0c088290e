import type { V1ServicePort } from "@kubernetes/client-node";
import type { Web } from "../../api/web.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webName } from "../names.ts";
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

function ports(web: Web): V1ServicePort[] {
  const extra = web.extraPorts.map(({ name, port, protocol }) => ({ name, port, protocol, targetPort: name }));
  return [{ name: "http", port: servicePort, protocol: "TCP", targetPort: "http", appProtocol: appProtocols[web.protocol] }, ...extra];
}
