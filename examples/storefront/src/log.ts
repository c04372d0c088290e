import { pino } from "pino";
import type { Logger } from "pino";
import type { Identity } from "./config.ts";

export type { Logger } from "pino";

const redacted = [
  "password",
  "*.password",
  "connectionString",
  "*.connectionString",
  "email",
  "*.email",
  "headers.authorization",
  "headers.cookie",
];

/** One structured line per event on stdout, with the release on every line; secrets and personal data are masked. */
export function createLogger(identity: Identity, level: string): Logger {
  return pino({
    level,
    base: { ...identity },
    redact: { paths: redacted, censor: "[redacted]" },
    formatters: { level: (label) => ({ level: label }) },
  });
}

/** An error that nobody caught leaves unknown state behind: log it and exit 1, so that Kubernetes restarts the container. */
export function exitOnUncaughtError(log: Logger): void {
  const exit = (error: unknown): void => {
    log.fatal({ err: error }, "uncaught error");
    process.exit(1);
  };
  process.on("uncaughtException", exit);
  process.on("unhandledRejection", exit);
}

/** Calls `stop` once on the first SIGTERM or SIGINT (a process that is PID 1 ignores signals it does not handle). */
export function onTermination(stop: (signal: string) => void): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      stop(signal);
    });
  }
}

/** Runs a command to its end: its result is the exit code, its error one clear line and exit code 1, a signal 143. */
export function runCommand(log: Logger, command: () => Promise<void>): void {
  exitOnUncaughtError(log);
  onTermination((signal) => {
    log.warn({ signal }, "command interrupted");
    process.exit(143);
  });
  command().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ err: error }, error instanceof Error ? error.message : "command failed");
      process.exit(1);
    },
  );
}
