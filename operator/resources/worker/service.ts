import type { Worker } from "../../api/worker.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { workerServiceName } from "../names.ts";
import { portName } from "../pod/probes.ts";
import { servicePort } from "../web/service.ts";
import { workerComponent } from "./deployment.ts";

/** The Service in front of one worker; undefined where it does not listen. */
export function buildWorkerService(identity: Identity, worker: Worker): Manifest | undefined {
  if (worker.port === undefined) return undefined;
  const { name } = identity.app.metadata;
  const component = workerComponent(worker);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(identity, workerServiceName(name, worker.name), component),
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(name, component),
      ports: [{ name: portName, port: servicePort, protocol: "TCP", targetPort: portName, appProtocol: "http" }],
    },
  };
}
