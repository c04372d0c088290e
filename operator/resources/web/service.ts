import type { V1ServicePort } from "@kubernetes/client-node";
import { RELEASE_LABEL, TRACK_LABEL } from "../../api/labels.ts";
import type { Web } from "../../api/web.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webCanaryName, webName, webPreviewName } from "../names.ts";
import { sharesRequests, type Placement } from "../placement.ts";
import { webComponent } from "./deployment.ts";

/** The port of every Service in front of web pods, whatever the app itself listens on. */
export const servicePort = 80;

const appProtocols: Readonly<Record<Web["protocol"], string>> = { http: "http", h2c: "kubernetes.io/h2c", grpc: "grpc" };

/** The Service in front of the web pods: of all of them, of one release alone, or of the stable ones where a router gives the canary its share. */
export function buildWebService(identity: Identity, placement: Placement): Manifest {
  return buildService(identity, webName(identity.app.metadata.name), usersSelector(placement));
}

/**
 * The Service through which a router reaches a canary; undefined where no requests are shared. The placement decides, and not the strategy
 * of the spec alone, which may have changed while a canary is under way.
 */
export function buildCanaryService(identity: Identity, placement: Placement): Manifest | undefined {
  const { router } = placement;
  if (router === undefined && !sharesRequests(identity.app.spec)) return undefined;
  const selector = router?.detour === true ? usersSelector(placement) : { [TRACK_LABEL]: "canary" };
  return buildService(identity, webCanaryName(identity.app.metadata.name), selector);
}

/** The Service through which a blue/green candidate can be looked at before it gets the users; undefined where there is none. */
export function buildPreviewService(identity: Identity, { candidate, serviceRelease }: Placement): Manifest | undefined {
  if (candidate === undefined || serviceRelease === undefined) return undefined;
  return buildService(identity, webPreviewName(identity.app.metadata.name), { [RELEASE_LABEL]: candidate.release });
}

/** Which of the web pods the users reach: changing the release switches all requests at once. */
function usersSelector({ serviceRelease, router }: Placement): Record<string, string> {
  if (serviceRelease !== undefined) return { [RELEASE_LABEL]: serviceRelease };
  return router === undefined || router.joint ? {} : { [TRACK_LABEL]: "stable" };
}

function buildService(identity: Identity, name: string, selected: Record<string, string>): Manifest {
  const { app } = identity;
  const selector = { ...selectorLabels(app.metadata.name, webComponent), ...selected };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(identity, name, webComponent),
    spec: { type: "ClusterIP", selector, ports: ports(app.spec.web) },
  };
}

function ports(web: Web): V1ServicePort[] {
  const extra = web.extraPorts.map(({ name, port, protocol }) => ({ name, port, protocol, targetPort: name }));
  return [{ name: "http", port: servicePort, protocol: "TCP", targetPort: "http", appProtocol: appProtocols[web.protocol] }, ...extra];
}
