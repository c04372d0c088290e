import type { Logger } from "./logger.ts";

/** One thing to end, in the order of the list; the signal aborts when its time is up. */
export interface ShutdownStep {
  readonly name: string;
  readonly limitMilliseconds: number;
  /** Also runs when the process ends as failed; default false, since a failed process must not go on writing. */
  readonly afterFailure?: boolean;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Why the process ends; any exit code but 0 is a failure. */
export interface ShutdownRequest {
  readonly reason: string;
  readonly exitCode: number;
  readonly cause?: unknown;
}

/** The one way in which this process ends. */
export interface Shutdown {
  /** Aborts as soon as the end was asked for: nothing new starts after that. */
  readonly signal: AbortSignal;
  /** Adds a step that runs after those added before. */
  addStep(step: ShutdownStep): void;
  /** Ends the process: runs the steps, then exits. A second request exits at once. */
  request(request: ShutdownRequest): void;
  /** Resolves after the exit function was called. */
  readonly ended: Promise<void>;
}

/** What the end of the process needs from outside. */
export interface ShutdownDependencies {
  readonly logger: Logger;
  readonly exit: (code: number) => void;
}

/** Builds the shutdown sequence; no step has been added yet. */
export function createShutdown({ logger, exit }: ShutdownDependencies): Shutdown {
  const controller = new AbortController();
  const ended = Promise.withResolvers<void>();
  const steps: ShutdownStep[] = [];
  const leave = (code: number): void => {
    exit(code);
    ended.resolve();
  };
  const runSteps = async (exitCode: number): Promise<void> => {
    let failed = false;
    for (const step of steps) {
      if (exitCode !== 0 && step.afterFailure !== true) continue;
      failed = !(await runStep(step, logger)) || failed;
    }
    leave(failed && exitCode === 0 ? 1 : exitCode);
  };
  return {
    signal: controller.signal,
    ended: ended.promise,
    addStep: (step) => void steps.push(step),
    request({ reason, exitCode, cause }) {
      if (controller.signal.aborted) {
        logger.warn({ reason }, "asked twice to stop, leaving at once");
        leave(exitCode === 0 ? 1 : exitCode);
        return;
      }
      const record = cause === undefined ? { reason } : { reason, error: cause };
      if (exitCode === 0) logger.info(record, "stopping");
      else logger.error(record, "stopping after a failure");
      controller.abort(new Error(`the process is stopping: ${reason}`));
      void runSteps(exitCode);
    },
  };
}

async function runStep(step: ShutdownStep, logger: Logger): Promise<boolean> {
  const limit = new AbortController();
  const timeUp = Promise.withResolvers<"time up">();
  const timer = setTimeout(() => {
    limit.abort(new Error(`${step.name} took longer than ${step.limitMilliseconds} ms`));
    timeUp.resolve("time up");
  }, step.limitMilliseconds);
  try {
    const outcome = await Promise.race([step.run(limit.signal), timeUp.promise]);
    if (outcome === "time up") logger.warn({ step: step.name, limitMilliseconds: step.limitMilliseconds }, "shutdown step ran out of time");
    return outcome !== "time up";
  } catch (error) {
    logger.error({ step: step.name, error }, "shutdown step failed");
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** The part of `process` that reports signals and lost errors. */
export interface ProcessEvents {
  on(event: string, listener: (detail: unknown) => void): unknown;
}

/** Lets SIGTERM and SIGINT end the process in order; an error nobody caught ends it as failed. */
export function listenForSignals(source: ProcessEvents, shutdown: Shutdown): void {
  for (const name of ["SIGTERM", "SIGINT"]) {
    source.on(name, () => shutdown.request({ reason: name, exitCode: 0 }));
  }
  for (const name of ["unhandledRejection", "uncaughtException"]) {
    source.on(name, (cause) => shutdown.request({ reason: name, exitCode: 1, cause }));
  }
}
