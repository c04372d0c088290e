import type { Connection } from "./client-list.ts";

/**
 * Where the workers of one component take their jobs from, of the kinds that know who has a job. A list does not: the main process of
 * Celery waits in BRPOP while its children work, and so do the idle threads of Sidekiq beside busy ones.
 */
export type Queue =
  { readonly kind: "bullmq"; readonly name: string } | { readonly kind: "stream"; readonly key: string; readonly group: string };

/** Who works on a queue now. A worker that is in both lists works; one that is in none is unknown. */
export interface Activity {
  /** Addresses of workers that wait for a job. */
  readonly idle: readonly string[];
  /** Addresses, or names that workers gave themselves, of those that have a job. */
  readonly busy: readonly string[];
  /** Names under which jobs are held and that no connection has, empty for a job that names nobody: any worker may hold them. */
  readonly unknown: readonly string[];
}

/** Who works, by worker component. */
export type Activities = Readonly<Record<string, Activity>>;

/** The command in which a worker waits for its next job. */
const waitingIn: Readonly<Record<Queue["kind"], string>> = { bullmq: "bzpopmin", stream: "xreadgroup" };

/**
 * What the connections to Redis show of a queue's workers; `working` are the names of those that the queue itself says have a job, empty
 * where a job names nobody. A waiting connection alone proves nothing, for a worker that could take another job waits too.
 */
export function readActivity(queue: Queue, connections: readonly Connection[], working: readonly string[] = []): Activity {
  const isBullmq = queue.kind === "bullmq";
  const workers = isBullmq ? bullmqWorkers(queue.name, connections).map(({ connection }) => connection) : connections;
  const idle = addressesOf(workers.filter(({ blocked, command }) => blocked && command === waitingIn[queue.kind]));
  const holders = working.filter((name) => name !== "");
  const isOf = (name: string, holder: string) => name === holder || (isBullmq && name.endsWith(`:w:${holder}`));
  const named = workers.filter(({ name }) => holders.some((holder) => isOf(name, holder)));
  const others = addressesOf(workers).filter((address) => !idle.includes(address));
  // A BullMQ worker has the name of its jobs in its connection, so a name that is nowhere belongs to nobody who waits.
  const unknown = working.filter((name) => name === "" || (!isBullmq && !workers.some((worker) => worker.name === name)));
  return { idle, busy: [...new Set([...addressesOf(named), ...others, ...holders])], unknown: [...new Set(unknown)] };
}

function addressesOf(connections: readonly Connection[]): readonly string[] {
  return [...new Set(connections.map(({ address }) => address))].toSorted();
}

/**
 * The connections on which BullMQ's workers wait: `<prefix>:<queue in base64>`, and `:w:<name>` after it where the worker has a name.
 * A worker that works on as many jobs as it may does not wait; one that could take more does, so its name must say what it works on.
 */
export function bullmqWorkers(
  queue: string,
  connections: readonly Connection[],
): readonly { readonly connection: Connection; readonly prefix: string }[] {
  const own = `:${Buffer.from(queue).toString("base64")}`;
  return connections.flatMap((connection) => {
    const { name } = connection;
    const end = name.endsWith(own) ? name.length - own.length : name.indexOf(`${own}:w:`);
    return end > 0 ? [{ connection, prefix: name.slice(0, end) }] : [];
  });
}
