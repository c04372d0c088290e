import type { V2HorizontalPodAutoscalerBehavior, V2HPAScalingRules, V2MetricSpec } from "@kubernetes/client-node";
import type { WebAutoscaling, WorkerAutoscaling } from "../../api/autoscaling.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { appContainerName } from "../pod/component.ts";
import { runningReplicas } from "./replicas.ts";
import type { Scalable } from "./replicas.ts";

type Autoscaling = WebAutoscaling | WorkerAutoscaling;

/** The autoscaler of a component's Deployment, which bears the same name; undefined where the number of replicas is fixed. */
export function buildAutoscaler(identity: Identity, child: { name: string; component: string }, scalable: Scalable): Manifest | undefined {
  const replicas = runningReplicas(scalable);
  if (scalable.autoscaling === undefined || !("autoscaled" in replicas)) return undefined;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: childMetadata(identity, child.name, child.component),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: child.name },
      minReplicas: replicas.autoscaled.min,
      maxReplicas: replicas.autoscaled.max,
      metrics: metrics(scalable.autoscaling),
      behavior: behavior(scalable.autoscaling),
    },
  };
}

/** CPU of the app's container alone, so that a pooler or sidecar beside it does not distort the figure; then the user's metrics. */
function metrics(autoscaling: Autoscaling): unknown[] {
  const cpu: V2MetricSpec = {
    type: "ContainerResource",
    containerResource: {
      name: "cpu",
      container: appContainerName,
      target: { type: "Utilization", averageUtilization: autoscaling.cpu.scaleOutAbovePercent },
    },
  };
  return [cpu, ...autoscaling.metrics];
}

function behavior(autoscaling: Autoscaling): V2HorizontalPodAutoscalerBehavior {
  const { cpu, scaleOut, scaleIn, paused } = autoscaling;
  return {
    scaleUp: { ...pace(scaleOut, paused), tolerance: "0" },
    scaleDown: { ...pace(scaleIn, paused), tolerance: scaleInTolerance(cpu) },
  };
}

function pace(step: Autoscaling["scaleOut"], paused: boolean): Omit<V2HPAScalingRules, "tolerance"> {
  return {
    stabilizationWindowSeconds: step.sustainedSeconds,
    selectPolicy: paused ? "Disabled" : "Max",
    policies: [{ type: "Pods", value: step.by, periodSeconds: step.cooldownSeconds }],
  };
}

/**
 * The part of the target by which use must fall short of it before replicas are removed. With 70 and 30: 1 - 30/70 = 0.5715,
 * written in whole thousandths as the API server does, and rounded up, so that nothing is removed above the threshold.
 */
export function scaleInTolerance(cpu: Autoscaling["cpu"]): string {
  const thousandths = Math.ceil((1000 * (cpu.scaleOutAbovePercent - cpu.scaleInBelowPercent)) / cpu.scaleOutAbovePercent);
  return thousandths === 1000 ? "1" : `${thousandths}m`;
}
