import type { Connection } from "./client-list.ts";

/** Where the workers of one component take their jobs from. */
export type Queue =
  | { readonly kind: "bullmq"; readonly name: string }
  | { readonly kind: "list"; readonly key: string }
  | { readonly kind: "stream"; readonly key: string; readonly group: string };

/** Who works on a queue now. A worker that is in both lists works; one that is in none is unknown. */
export interface Activity {
  /** Addresses of workers that wait for a job. */
  readonly idle: readonly string[];
  /** Addresses, or names that workers gave themselves, of those that have a job. */
  readonly busy: readonly string[];
}

/** The commands in which a worker waits for its next job. */
const waitingIn: Readonly<Record<Queue["kind"], readonly string[]>> = {
  bullmq: ["bzpopmin"],
  list: ["blpop", "brpop", "blmove", "brpoplpush", "blmpop"],
  stream: ["xreadgroup"],
};

/** What the connections to Redis tell of a queue's workers; `working` are the names of those that the queue itself says have a job. */
export function readActivity(queue: Queue, connections: readonly Connection[], working: readonly string[] = []): Activity {
  const isBullmq = queue.kind === "bullmq";
  const workers = isBullmq ? bullmqWorkers(queue.name, connections).map(({ connection }) => connection) : connections;
  const idle = addressesOf(workers.filter(({ blocked, command }) => blocked && waitingIn[queue.kind].includes(command)));
  const named = workers.filter(({ name }) => working.some((worker) => name === worker || (isBullmq && name.endsWith(`:w:${worker}`))));
  const others = addressesOf(workers).filter((address) => !idle.includes(address));
  return { idle, busy: [...new Set([...addressesOf(named), ...others, ...working])] };
}

function addressesOf(connections: readonly Connection[]): readonly string[] {
  return [...new Set(connections.map(({ address }) => address))].toSorted();
}

/**
 * The connections on which BullMQ's workers wait: `<prefix>:<queue in base64>`, and `:w:<name>` after it where the worker has a name.
 * A worker that works on as many jobs as it may does not wait; one that could take more does, so its name must tell what it works on.
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
