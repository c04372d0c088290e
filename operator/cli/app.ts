import { scalableApps } from "../api/kind.ts";
import { parseScalableApp } from "../api/parse.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { ScalableAppStatus } from "../api/status.ts";
import { read, readString } from "../base/read.ts";
import { statusOf } from "../controller/load-snapshot.ts";
import type { KubeObject } from "../base/object.ts";
import { describeIdleSource, idleSourceOf } from "../plan/observe/worker-queues.ts";
import type { Cluster } from "./cluster.ts";
import { nearest } from "../api/nearest.ts";
import { CommandError } from "./terminal.ts";

/** What the commands need to know of one ScalableApp. */
export interface App {
  readonly name: string;
  readonly namespace: string;
  readonly generation: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly isDeleted: boolean;
  /** `spec.image`. */
  readonly image: string | undefined;
  /** Steps of its canary; undefined where the spec cannot be acted on. */
  readonly steps: number | undefined;
  /** Its workers, and how it is known which of their pods are idle; empty where the spec cannot be acted on. */
  readonly workers: readonly { readonly name: string; readonly idleKnownBy: string }[];
  /** Empty until the operator has looked at it. */
  readonly status: ScalableAppStatus;
}

/** Reads one ScalableApp; where there is none of the name, says which there are. */
export async function readApp({ client, namespace }: Cluster, name: string): Promise<App> {
  const object = await client.get(scalableApps, namespace, name);
  if (object) return toApp(object);
  const { items } = await client.list(scalableApps, { namespace, metadataOnly: true });
  const names = items.map(({ metadata }) => metadata.name);
  throw new CommandError(`there is no ScalableApp ${name} in namespace ${namespace}: ${others(name, names)}`);
}

/** The app in an answer of the API server. */
export function toApp(object: KubeObject): App {
  const { name, namespace = "", generation = 0, annotations = {}, deletionTimestamp } = object.metadata;
  const image = read(object, "spec", "image");
  const parsed = parseScalableApp(object);
  return {
    name,
    namespace,
    generation,
    annotations,
    isDeleted: deletionTimestamp !== undefined,
    image: readString(image),
    steps: parsed.ok ? parsed.app.spec.rollout.canary.steps.length : undefined,
    workers: parsed.ok ? workersOf(parsed.app.spec) : [],
    status: statusOf(object) ?? {},
  };
}

function workersOf(spec: ScalableApp["spec"]): App["workers"] {
  return spec.workers.map((worker) => ({ name: worker.name, idleKnownBy: describeIdleSource(idleSourceOf(worker, spec)) }));
}

function others(name: string, names: readonly string[]): string {
  if (names.length === 0) return "the namespace holds none; name another one with -n";
  const shown = nearest(name, names, 5);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : "";
  return `it holds ${shown.join(", ")}${more}; name another one with -n`;
}
