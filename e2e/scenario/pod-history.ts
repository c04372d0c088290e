import { eventually, must, type Kubectl } from "./kubectl.ts";

/** What was last seen of a pod. */
export interface PodSighting {
  readonly name: string;
  /** When it was asked to end, as the cluster orders it; undefined while it may run. */
  readonly deleted?: number;
  /** What ending it costs, as its annotation says. */
  readonly cost?: string;
  /** How its app container ended. */
  readonly exitCode?: number;
}

/** Everything that was seen of a component's pods since the watch began, also of those that are gone. */
export interface PodHistory {
  /** What was last seen of a pod, once something holds of it. */
  until(what: string, pod: string, holds: (sighting: PodSighting) => boolean): Promise<PodSighting>;
  /** The pods that were asked to end, in their order. */
  ended(): readonly string[];
  /** The last cost that was seen of each pod. */
  costs(names: readonly string[]): Readonly<Record<string, string | undefined>>;
  stop(): void;
}

/** Follows the pods of one component of the app shop. */
export function followPods(kubectl: Kubectl, namespace: string, component: string): PodHistory {
  const seen = new Map<string, PodSighting>();
  let deletions = 0;
  const columns = [
    "NAME:.metadata.name",
    "DELETED:.metadata.deletionTimestamp",
    "COST:.metadata.annotations.controller\\.kubernetes\\.io/pod-deletion-cost",
    'EXIT:.status.containerStatuses[?(@.name=="app")].state.terminated.exitCode',
  ].join(",");
  const selector = `scalableapp.dev/app=shop,app.kubernetes.io/component=${component}`;
  const args = ["-n", namespace, "pods", "-l", selector, "--no-headers", "-o", `custom-columns=${columns}`];
  const stop = kubectl.follow(args, (line) => {
    const [name = "", deleted, cost, exitCode] = line.split(/\s+/u).map((word) => (word === "<none>" ? undefined : word));
    const before = seen.get(name);
    const deletion = before?.deleted ?? (deleted === undefined ? undefined : ++deletions);
    seen.set(name, {
      name,
      ...before,
      ...(deletion !== undefined && { deleted: deletion }),
      ...(cost !== undefined && { cost }),
      ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
    });
  });
  return {
    stop,
    until: async (what, pod, holds) =>
      eventually(what, async () => {
        const found = seen.get(pod);
        must(found && holds(found), `it was seen as ${JSON.stringify(found)}`);
        return found;
      }),
    costs: (names) => Object.fromEntries(names.map((name) => [name, seen.get(name)?.cost])),
    ended: () =>
      [...seen.values()]
        .filter(({ deleted }) => deleted !== undefined)
        .toSorted((one, other) => (one.deleted ?? 0) - (other.deleted ?? 0))
        .map(({ name }) => name),
  };
}
