import type { Kubectl } from "../e2e/scenario/kubectl.ts";
import { eventually, must } from "../e2e/scenario/kubectl.ts";

/** The pods that got requests from a moment on. */
export interface Sharing {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly pods: readonly string[];
}

/** Follows which pods share the requests of a Service. */
export interface TrafficWatch {
  readonly seen: readonly Sharing[];
  stop(): void;
}

// No {range}: a watch of kubectl ends after the first object that it prints with one.
const line = '{.metadata.name}|{.endpoints[*].targetRef.name}|{.endpoints[*].conditions.ready}{"\\n"}';

/** Reads one line of the watch: an EndpointSlice and its ready pods. */
export function readSlice(text: string): { readonly slice: string; readonly pods: readonly string[] } {
  const [slice = "", names = "", ready = ""] = text.trim().split("|");
  const states = ready.split(" ");
  return { slice, pods: names.split(" ").filter((_, index) => states[index] === "true") };
}

/** Follows the ready endpoints of a Service; resolves once the present ones are known. */
export async function watchTraffic(kubectl: Kubectl, namespace: string, service: string): Promise<TrafficWatch> {
  const slices = new Map<string, readonly string[]>();
  const seen: Sharing[] = [];
  const args = ["-n", namespace, "endpointslices", "-l", `kubernetes.io/service-name=${service}`, "-o", `jsonpath=${line}`];
  const stop = kubectl.follow(args, (text) => {
    if (text.trim() === "") return;
    const { slice, pods } = readSlice(text);
    slices.set(slice, pods);
    seen.push({ atMs: Date.now(), pods: [...slices.values()].flat() });
  });
  await eventually(`the endpoints of ${service} are seen`, async () => must(seen.length > 0, "none yet"), 20);
  return { seen, stop };
}
