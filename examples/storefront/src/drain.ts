import type { ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { isProbe } from "./health.ts";

/** serving; draining: unready, yet every request is answered; refusing: too late, new requests get 503. */
export type Phase = "serving" | "draining" | "refusing";

/** How long a drain may take; milliseconds. */
export interface DrainTimes {
  /** The server counts as idle after this long without a request. */
  quietMs: number;
  /** Late requests are answered normally until then. */
  deadlineMs: number;
  /** What requests still in flight at the deadline get on top. */
  lastRequestsMs: number;
}

/** Fits into a grace period of 30 s after the preStop sleep. */
const defaultDrainTimes: DrainTimes = { quietMs: 1_000, deadlineMs: 20_000, lastRequestsMs: 5_000 };

/** The way out of traffic. */
export interface Drain {
  phase: () => Phase;
  install: (app: FastifyInstance) => void;
  /** Turns unready and resolves when the listener may be closed. */
  begin: () => Promise<void>;
}

/**
 * Builds the drain. SIGTERM comes after the preStop sleep, so load balancers know already; what still arrives comes from clients that
 * hold a connection, and refusing it would lose it: it is answered, with `Connection: close` so that the next request goes elsewhere.
 */
export function createDrain(times: DrainTimes = defaultDrainTimes): Drain {
  let phase: Phase = "serving";
  let inFlight = 0;
  let activity: (() => void) | undefined;

  function untilQuiet(quietMs: number, deadlineMs: number): Promise<"quiet" | "deadline"> {
    return new Promise((resolve) => {
      let quiet: NodeJS.Timeout | undefined;
      const finish = (how: "quiet" | "deadline"): void => {
        activity = undefined;
        clearTimeout(quiet);
        clearTimeout(deadline);
        resolve(how);
      };
      const deadline = setTimeout(finish, deadlineMs, "deadline");
      activity = () => {
        clearTimeout(quiet);
        if (inFlight === 0) quiet = setTimeout(finish, quietMs, "quiet");
      };
      activity();
    });
  }

  function install(app: FastifyInstance): void {
    app.addHook("onRequest", async (request, reply) => {
      if (isProbe(request)) return undefined;
      if (phase === "refusing") return reply.code(503).header("retry-after", "1").send({ error: "shutting down, try again" });
      inFlight += 1;
      activity?.();
      onceDone(reply.raw, () => {
        inFlight -= 1;
        activity?.();
      });
      return undefined;
    });
    app.addHook("onSend", async (_request, reply) => {
      if (phase !== "serving") reply.header("connection", "close");
    });
  }

  return {
    phase: () => phase,
    install,
    begin: async () => {
      phase = "draining";
      if ((await untilQuiet(times.quietMs, times.deadlineMs)) === "quiet") return;
      phase = "refusing";
      await untilQuiet(0, times.lastRequestsMs);
    },
  };
}

/** Calls `done` once, when the answer is out or its client has gone. */
export function onceDone(response: ServerResponse, done: () => void): void {
  let called = false;
  const once = (): void => {
    if (!called) done();
    called = true;
  };
  response.once("finish", once);
  response.once("close", once);
}
