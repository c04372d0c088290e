import { collectDefaultMetrics, Registry } from "prom-client";

import { createController } from "../controller/controller.ts";
import type { Controller, ControllerDependencies } from "../controller/controller.ts";
import { createKubeClient } from "../kube/client.ts";
import type { KubeClient, KubeClientOptions } from "../kube/client.ts";
import { healthRoutes, listen, metricsRoutes } from "./http-server.ts";
import type { HealthCheck, HttpServer } from "./http-server.ts";
import { createLeadership, processIdentity } from "./leader-election.ts";
import type { Leadership, LeadershipDependencies } from "./leader-election.ts";
import { createLogger } from "./logger.ts";
import type { Logger } from "./logger.ts";
import type { ManagerOptions } from "./options.ts";
import { createWorkerLimit } from "../controller/worker-limit.ts";
import { createRequestMetrics } from "./request-metrics.ts";
import { checkServerVersion } from "./server-version.ts";
import { createShutdown, listenForSignals } from "./shutdown.ts";
import type { ProcessEvents, Shutdown } from "./shutdown.ts";

/** Reconciles under way may take this long to finish once the process was asked to stop. */
const drainMilliseconds = 30_000;

/** Time beyond the drain in which the Lease is handed over. */
const releaseMilliseconds = 5_000;

const closeMilliseconds = 2_000;

/** The outside world of the manager, which tests replace. */
export interface ManagerDependencies {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: { write(text: string): unknown };
  readonly processEvents: ProcessEvents;
  readonly exit: (code: number) => void;
  readonly now: () => number;
  readonly createClient: (options: KubeClientOptions) => KubeClient;
  readonly createController: (dependencies: ControllerDependencies) => Controller;
  readonly createLeadership: (dependencies: LeadershipDependencies) => Leadership;
  /** Called once both servers listen. */
  readonly onListening?: (ports: { readonly health: number; readonly metrics: number }) => void;
}

/** Runs the operator until it is asked to stop or fails; resolves after the exit function was called. */
export async function runManager(options: ManagerOptions, dependencies: Partial<ManagerDependencies> = {}): Promise<void> {
  const around = { ...processDependencies(), ...dependencies };
  const logger = createLogger(options, { write: (line) => void around.output.write(line) });
  const shutdown = createShutdown({ logger, exit: around.exit });
  listenForSignals(around.processEvents, shutdown);
  try {
    await start(options, around, { logger, shutdown });
  } catch (cause) {
    shutdown.request({ reason: "start failed", exitCode: 1, cause });
  }
  await shutdown.ended;
}

function processDependencies(): ManagerDependencies {
  return {
    environment: process.env,
    // Writes to a pipe or file are complete when they return, so a log line written before exit is never lost.
    output: process.stdout,
    processEvents: process,
    exit: (code) => process.exit(code),
    now: () => Date.now(),
    createClient: createKubeClient,
    createController,
    createLeadership,
  };
}

interface Frame {
  readonly logger: Logger;
  readonly shutdown: Shutdown;
}

async function start(options: ManagerOptions, around: ManagerDependencies, { logger, shutdown }: Frame): Promise<void> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const workers = createWorkerLimit({ least: options.workers });
  const count = createRequestMetrics(registry);
  const client = around.createClient({
    ...(options.kubeconfig === undefined ? {} : { kubeConfig: options.kubeconfig }),
    userAgent: "scalable-app-operator",
    observe(request) {
      count(request);
      workers.observe(request);
    },
  });
  const leadership = around.createLeadership({
    client,
    options,
    logger,
    registry,
    identity: processIdentity(around.environment),
    async lead(signal) {
      await Promise.race([synced, aborted(signal)]);
      if (!signal.aborted) await controller.runAsLeader(signal);
    },
  });
  const controller = around.createController({
    client: client.withWriteGate(leadership.gate),
    options,
    logger,
    registry,
    now: around.now,
    workers,
  });
  const servers = await startServers(options, registry, readiness(controller, shutdown));
  const ports = { health: servers.health.port, metrics: servers.metrics.port };
  logger.info({ ports }, "listening");
  const tooOld = await checkServerVersion(client, (error) => logger.warn({ err: error }, "version of the API server not known"));
  if (tooOld !== undefined) return shutdown.request({ reason: tooOld, exitCode: 1 });
  around.onListening?.(ports);

  const caches = new AbortController();
  const synced = controller.start(caches.signal);
  const acquire = leadership.run(shutdown.signal);
  addSteps(shutdown, { acquire, caches, servers, client });
  logger.info({ options }, "operator started");
  follow(shutdown, { acquire, synced });
}

/** Resolves when the signal aborts: an operator that never got its caches filled must still be able to stop. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function readiness(controller: Controller, shutdown: Shutdown): readonly HealthCheck[] {
  return [
    { name: "caches", check: () => (controller.health().synced ? undefined : "the first lists are not complete yet") },
    { name: "process", check: () => (shutdown.signal.aborted ? "stopping" : undefined) },
  ];
}

interface Servers {
  readonly health: HttpServer;
  readonly metrics: HttpServer;
}

async function startServers(options: ManagerOptions, registry: Registry, ready: readonly HealthCheck[]): Promise<Servers> {
  const health = await listen(options.healthPort, healthRoutes([], ready));
  const metrics = await listen(options.metricsPort, metricsRoutes(registry));
  return { health, metrics };
}

interface Running {
  readonly acquire: Promise<unknown>;
  readonly caches: AbortController;
  readonly servers: Servers;
  readonly client: KubeClient;
}

/** The order matters: reconciles end before the Lease is given away, and the caches they read live longer than they do. */
function addSteps(shutdown: Shutdown, { acquire, caches, servers, client }: Running): void {
  shutdown.addStep({
    name: "finish reconciles and release the lease",
    limitMilliseconds: drainMilliseconds + releaseMilliseconds,
    run: async () => void (await acquire),
  });
  shutdown.addStep({
    name: "stop watching",
    limitMilliseconds: closeMilliseconds,
    run: async () => {
      caches.abort(new Error("the process is stopping"));
      await client.close();
    },
  });
  shutdown.addStep({
    name: "close the servers",
    limitMilliseconds: closeMilliseconds,
    run: async () => void (await Promise.all([servers.health.close(), servers.metrics.close()])),
  });
}

/** Ends the process when leadership is lost or a part that must never end does. */
function follow(shutdown: Shutdown, { acquire, synced }: { readonly acquire: Promise<unknown>; readonly synced: Promise<void> }): void {
  const fail = (reason: string, cause?: unknown): void => {
    if (!shutdown.signal.aborted) shutdown.request({ reason, exitCode: 1, cause });
  };
  acquire.then(
    (outcome) => fail(outcome === "lost" ? "leadership lost" : "leading ended unasked"),
    (cause: unknown) => fail("leading failed", cause),
  );
  synced.catch((cause: unknown) => fail("the caches can't be filled", cause));
}
