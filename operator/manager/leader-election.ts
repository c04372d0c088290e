import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { Gauge } from "prom-client";
import type { Registry } from "prom-client";

import type { KubeClient } from "../kube/client.ts";
import type { WriteGate } from "../kube/operations.ts";
import { createElector } from "../kube/elector.ts";
import type { Logger } from "./logger.ts";
import type { ManagerOptions } from "./options.ts";

/** What leadership needs: `lead` does the leader's work until its signal aborts. */
export interface LeadershipDependencies {
  readonly client: KubeClient;
  readonly options: ManagerOptions;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Unique per process. */
  readonly identity: string;
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

/** How leading ended: handed over on request, or lost to the clock or to another replica. */
export type LeadershipOutcome = "released" | "lost";

/** The right to write: won by the Lease, or given when election is off. */
export interface Leadership {
  /** Acquires the lease, leads and ends; the signal asks for an orderly end. */
  run(signal: AbortSignal): Promise<LeadershipOutcome>;
  /** Stops every write that this process has no right to make. */
  readonly gate: WriteGate;
}

/** A name for this process that no other replica has, also after a restart of the same pod. */
export function processIdentity(environment: Readonly<Record<string, string | undefined>>): string {
  return `${environment["POD_NAME"] ?? hostname()}_${randomUUID()}`;
}

/** Joins the elector, the leader's work and the metric; without election, leads at once. */
export function createLeadership(dependencies: LeadershipDependencies): Leadership {
  const status = new Gauge({
    name: "leader_election_master_status",
    help: "1 while this process holds the Lease, else 0.",
    labelNames: ["name"],
    registers: [dependencies.registry],
  });
  const setLeading = (leading: boolean): void => status.set({ name: dependencies.options.leaderElectionId }, leading ? 1 : 0);
  setLeading(false);
  return dependencies.options.leaderElect ? elected(dependencies, setLeading) : unopposed(dependencies, setLeading);
}

function elected(dependencies: LeadershipDependencies, setLeading: (leading: boolean) => void): Leadership {
  const { client, options, logger, identity, lead } = dependencies;
  const { leaderElectionNamespace: namespace, leaderElectionId: name } = options;
  if (namespace === undefined) throw new Error("leader election needs the namespace of its Lease: set --leader-election-namespace");
  const lease = `${namespace}/${name}`;
  const elector = createElector({
    client,
    namespace,
    name,
    identity,
    async onStarted(signal) {
      setLeading(true);
      logger.info({ lease, identity }, "became leader");
      await lead(signal);
    },
    onStopped(reason) {
      setLeading(false);
      logger.info({ lease, identity, reason }, "stopped leading");
    },
    onNewLeader: (leader) => logger.info({ lease, leader }, "saw a new leader"),
    onError: (error) => logger.warn({ lease, error }, "leader election failed for now, trying again"),
  });
  return { run: (signal) => elector.run(signal), gate: () => elector.assertLeader() };
}

function unopposed({ lead }: LeadershipDependencies, setLeading: (leading: boolean) => void): Leadership {
  return {
    async run(signal) {
      setLeading(true);
      await lead(signal);
      setLeading(false);
      return "released";
    },
    gate: () => undefined,
  };
}
