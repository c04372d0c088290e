import type { Worker } from "../../api/worker.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata, selectorLabels } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { workerName } from "../names.ts";
import type { PodComponent } from "../pod/component.ts";
import { portName, workerProbes } from "../pod/probes.ts";
import { rollingUpdate } from "../pod/rolling-update.ts";
import { schedulingOf, spotAffinity, spotTolerations, spreadConstraints } from "../pod/scheduling.ts";
import { buildPodTemplate } from "../pod/template.ts";
import { drain } from "../web/drain.ts";

/** Seconds left to a worker after its job ended, to close its connections. */
const marginSeconds = 10;

/** The component label of one worker's pods. */
export function workerComponent(worker: Worker): string {
  return `worker-${worker.name}`;
}

/** The Deployment of one worker. */
export function buildWorkerDeployment(identity: Identity, worker: Worker): Manifest {
  const { app } = identity;
  const selector = selectorLabels(app.metadata.name, workerComponent(worker));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: childMetadata(identity, workerName(app.metadata.name, worker.name), workerComponent(worker)),
    spec: {
      selector: { matchLabels: selector },
      ...rollingUpdate(app.spec.rollout),
      ...(worker.singleton ? { strategy: { type: "Recreate" } } : {}),
      template: buildPodTemplate(identity, component(identity, worker, selector)),
    },
  };
}

/** A worker gets SIGTERM at once, takes no further job, and has the time to finish the one it works on; one that listens drains like the web. */
function component(identity: Identity, worker: Worker, selector: Record<string, string>): PodComponent {
  const { spec } = identity.app;
  const { port, drainSeconds } = worker;
  const listening = drain({ drainSeconds, graceSeconds: drainSeconds + marginSeconds });
  const { lifecycle } = listening;
  const terminationGracePeriodSeconds = port === undefined ? drainSeconds + marginSeconds : listening.terminationGracePeriodSeconds;
  return {
    name: workerComponent(worker),
    group: "workers",
    settings: worker,
    command: worker.command,
    args: worker.args,
    resources: worker.resources,
    database: "pooled",
    ...(port === undefined ? {} : { port }),
    container: {
      ...(port === undefined ? {} : { ports: [{ name: portName, containerPort: port, protocol: "TCP" }] }),
      ...workerProbes(worker, spec.routing),
      ...(port === undefined || lifecycle === undefined ? {} : { lifecycle }),
    },
    pod: {
      terminationGracePeriodSeconds,
      topologySpreadConstraints: spreadConstraints(schedulingOf(spec, worker).spread, selector),
      ...(worker.spot ? { tolerations: spotTolerations(), affinity: spotAffinity() } : {}),
    },
  };
}
