import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";

/** Where the commands write. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** What the commands take from outside besides files and the cluster. */
export interface CliDependencies {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
}

/** This process. */
export const thisProcess: CliDependencies = { clock: systemClock, env: process.env };

/** What a command answers to the shell: 0 good, 1 something to change, 2 not in time. */
export type ExitStatus = 0 | 1 | 2;

/** What keeps a command from its work; the message is one line that says what to change. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitStatus: ExitStatus;

  constructor(message: string, options: ErrorOptions & { readonly exitStatus?: ExitStatus } = {}) {
    super(message, options);
    this.exitStatus = options.exitStatus ?? 1;
  }
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
