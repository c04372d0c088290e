import { TRACK_LABEL, type Track } from "../../api/labels.ts";
import type { Web } from "../../api/web.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { webCanaryName, webName } from "../names.ts";
import type { PodComponent } from "../pod/component.ts";
import { portName, webProbes } from "../pod/probes.ts";
import { schedulingOf, spreadConstraints } from "../pod/scheduling.ts";
import { buildPodTemplate } from "../pod/template.ts";
import { rollingUpdate } from "../pod/rolling-update.ts";
import { drain } from "./drain.ts";

/** The component label of the web pods. */
export const webComponent = "web";

/** The Deployment that answers requests: the stable one, or that of a candidate beside it, whose pods differ in nothing but their track. */
export function buildWebDeployment(identity: Identity, track: Track): Manifest {
  const { app } = identity;
  const { name } = app.metadata;
  const selector = { ...selectorLabels(name, webComponent), [TRACK_LABEL]: track };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(identity, track === "canary" ? webCanaryName(name) : webName(name), webComponent),
    spec: {
      selector: { matchLabels: selector },
      ...rollingUpdate(app.spec.rollout),
      template: buildPodTemplate(identity, component(identity, track, selector)),
    },
  };
}

function component(identity: Identity, track: Track, selector: Record<string, string>): PodComponent {
  const { spec } = identity.app;
  const { web } = spec;
  const { lifecycle, terminationGracePeriodSeconds } = drain(web.shutdown);
  return {
    name: webComponent,
    group: "web",
    track,
    settings: web,
    command: web.command,
    args: web.args,
    resources: web.resources,
    database: "pooled",
    container: { ports: containerPorts(web), ...webProbes(web, spec.routing), ...(lifecycle === undefined ? {} : { lifecycle }) },
    pod: { terminationGracePeriodSeconds, topologySpreadConstraints: spreadConstraints(schedulingOf(spec, web).spread, selector) },
  };
}

function containerPorts(web: Web) {
  const extra = web.extraPorts.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol }));
  return [{ name: portName, containerPort: web.port, protocol: "TCP" }, ...extra];
}
