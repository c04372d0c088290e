import type { PodEvent } from "./pod-events.ts";
import { quoted } from "./quoted.ts";

const reasons = new Set(["FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady"]);

/** What to do about a sandbox that a node cannot make; the first that fits. */
const remedies: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /no (?:available |free )?IPs?\b|no IP addresses|(?:assign|allocate)[^:]*\b(?:IP|address)|no addresses available|range is full/iu,
    "the network of the pods has no address left: lower maxReplicas, or let the administrator of the cluster make it larger",
  ],
  [/runtime ?(?:handler|class)|no runtime for/iu, "correct runtimeClassName in overlays, or install that runtime on the node"],
  [/no space left|cannot allocate memory|too many open files/iu, "the node is exhausted: delete the pod, so that it starts on another one"],
];
const network =
  "no field of the app causes it: the network of the node does not work, so look at its network plugin (kubectl -n kube-system get pods -o wide), or delete the pod, so that it starts on another node";

/** Why the newest Warning says that a node cannot set up a pod; undefined where none says so. */
export function describeSandboxEvents(events: readonly PodEvent[]): string | undefined {
  const event = events.find(({ reason }) => reasons.has(reason));
  if (event === undefined) return undefined;
  const cause = quoted(event.message.replace(/^Failed to create pod sandbox: /u, ""));
  const [, remedy = network] = remedies.find(([pattern]) => pattern.test(event.message)) ?? [];
  return `its node cannot set it up: ${cause}: ${remedy}`;
}
