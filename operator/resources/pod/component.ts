import type { V1Container, V1PodSpec, V1ResourceRequirements } from "@kubernetes/client-node";
import type { Track } from "../../api/labels.ts";
import type { ComponentSettings } from "../../api/component.ts";
import type { ComponentGroup } from "../../api/membership.ts";

/** The name of the container that runs the user's image in every pod; the autoscaler measures it alone. */
export const appContainerName = "app";

/**
 * How the URLs in a component's environment lead to the database: through the pooler, where there is one, or straight to the server. The
 * parts (DATABASE_HOST and its like) lead through the pooler in both.
 */
export type DatabaseRoute = "pooled" | "direct";

/** What distinguishes the pods of one component from those of the others. */
export interface PodComponent {
  /** The component label: web, worker-NAME, schedule-NAME, migration or contract. */
  readonly name: string;
  /** The group of components that it belongs to, which the user's sidecars and volumes may name. */
  readonly group: ComponentGroup;
  /** Which of the two releases side by side its pods belong to. Default: stable. */
  readonly track?: Track;
  /** What the user gives this component alone. */
  readonly settings: ComponentSettings;
  readonly command: string[];
  readonly args: string[];
  readonly resources: V1ResourceRequirements;
  readonly database: DatabaseRoute;
  /** The port that the app listens on, as PORT says. Default: that of the web component. */
  readonly port?: number;
  /** Ports, probes and hooks of the app's container. */
  readonly container?: Pick<V1Container, "ports" | "startupProbe" | "readinessProbe" | "livenessProbe" | "lifecycle">;
  /** Fields of the pod that only this component has. */
  readonly pod: Pick<
    V1PodSpec,
    "restartPolicy" | "terminationGracePeriodSeconds" | "topologySpreadConstraints" | "affinity" | "tolerations"
  >;
}
