import { systemClock } from "../base/clock.ts";
import { findCredentials } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { createInFlightLimit } from "./in-flight-limit.ts";
import type { RequestObservation, Timeouts, WriteGate } from "./operations.ts";
import { readOperations, type ReadOperations } from "./reads.ts";
import type { RequestContext } from "./request.ts";
import { createRetryBudget } from "./retry.ts";
import { createTransport } from "./transport.ts";
import { writeOperations, type WriteOperations } from "./writes.ts";

const IN_FLIGHT_LIMIT = 32;
const WRITE_TIMEOUT_MS = 10_000;
const LIST_TIMEOUT_MS = 30_000;

/** How to reach the API server. */
export interface KubeClientOptions {
  /** Path of a kubeconfig file; undefined: KUBECONFIG, then the pod's service account, then ~/.kube/config. */
  readonly kubeConfig?: string;
  /** Credentials that were found already; they replace kubeConfig. */
  readonly credentials?: Credentials;
  /** User-Agent header, which the audit log shows. */
  readonly userAgent: string;
  /** Requests other than watches in flight at once; default 32, lowered for a while after 429. */
  readonly inFlightLimit?: number;
  /** Deadline of get, create, apply, patch, update and delete in milliseconds; default 10,000. */
  readonly writeTimeoutMs?: number;
  /** Deadline of a list page in milliseconds; default 30,000. */
  readonly listTimeoutMs?: number;
  readonly beforeWrite?: WriteGate;
  readonly observe?: (observation: RequestObservation) => void;
}

/** The API server as raw JSON over one keep-alive connection pool. Every failure is a KubeError. */
export interface KubeClient extends ReadOperations, WriteOperations {
  /** The same connections behind a gate that every write must pass. */
  withWriteGate(gate: WriteGate): KubeClient;
  close(): Promise<void>;
}

/** Opens a client; connections are made on first use. Throws when no credentials can be found. */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const transport = createTransport(options.credentials ?? findCredentials({ kubeConfig: options.kubeConfig }), options.userAgent);
  const context: RequestContext = {
    transport,
    limit: createInFlightLimit(options.inFlightLimit ?? IN_FLIGHT_LIMIT),
    budget: createRetryBudget(),
    clock: systemClock,
    random: Math.random,
    observe: options.observe ?? (() => undefined),
  };
  const timeouts = { writeMs: options.writeTimeoutMs ?? WRITE_TIMEOUT_MS, listMs: options.listTimeoutMs ?? LIST_TIMEOUT_MS };
  return clientOver(context, timeouts, options.beforeWrite);
}

function clientOver(context: RequestContext, timeouts: Timeouts, gate: WriteGate | undefined): KubeClient {
  return {
    ...readOperations(context, timeouts),
    ...writeOperations(context, timeouts, gate),
    withWriteGate: (inner) => clientOver(context, timeouts, inner),
    close: () => context.transport.close(),
  };
}
