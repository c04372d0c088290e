import { pino } from "pino";
import type { DestinationStream, Logger as PinoLogger } from "pino";

import { asText, isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import type { ManagerOptions } from "./options.ts";
import { scrubSecrets } from "./scrubber.ts";

/** The structured logger that every part of the process writes to. */
export type Logger = PinoLogger;

/**
 * Keys whose values are never written, whatever they hold. Two levels are enough for what we log; scrubbing stands
 * behind them for text that no key gives away.
 */
const secretKeys = [
  "password",
  "token",
  "secret",
  "authorization",
  "Authorization",
  "cookie",
  "stringData",
  "data",
  "body",
  "headers",
  "clientKey",
  "privateKey",
];

const redactedPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

/** Builds the process's logger: JSON or plain lines, secret keys cut out, and every finished line scrubbed. */
export function createLogger(options: Pick<ManagerOptions, "logLevel" | "logFormat">, output: DestinationStream): Logger {
  const format = options.logFormat === "pretty" ? formatPretty : keepLine;
  const destination: DestinationStream = {
    write(line: string): void {
      output.write(format(scrubSecrets(line)));
    },
  };
  return pino(
    {
      level: options.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
      redact: { paths: redactedPaths, censor: "[redacted]" },
      serializers: { error: pino.stdSerializers.errWithCause, err: pino.stdSerializers.errWithCause },
    },
    destination,
  );
}

function keepLine(line: string): string {
  return line;
}

/** One log record as a line for people: `12:00:00.000 INFO  cache synced kind=ScalableApp count=3`. */
export function formatPretty(line: string): string {
  const record = parseRecord(line);
  if (record === undefined) return line;
  const { level, time, msg, ...rest } = record;
  const clock = asText(time).slice(11, 23);
  const pairs = Object.entries(rest).filter(([key]) => key !== "err" && key !== "error");
  const fields = pairs.map(([key, value]) => ` ${key}=${asText(value)}`).join("");
  return `${clock} ${asText(level).toUpperCase().padEnd(5)} ${asText(msg)}${fields}${describeError(record["err"] ?? record["error"])}\n`;
}

/** Scrubbing could, in theory, break a line's JSON; a log line must never end the process. */
function parseRecord(line: string): Tree | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isTree(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function describeError(error: unknown): string {
  if (error === undefined || error === null) return "";
  if (typeof error !== "object") return ` error=${JSON.stringify(error)}`;
  const { stack, message, cause }: { stack?: unknown; message?: unknown; cause?: unknown } = error;
  const lines = `\n    ${asText(stack ?? message).replaceAll("\n", "\n    ")}`;
  return cause === undefined ? lines : `${lines}\n    caused by:${describeError(cause)}`;
}
