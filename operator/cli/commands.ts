import { Command } from "commander";
import { addFileCommands } from "./file-commands.ts";
import { addHistoryCommand } from "./history-command.ts";
import { addOddsCommand } from "./odds-command.ts";
import { addRequestCommands } from "./request-commands.ts";
import { addStatusCommand } from "./status-command.ts";
import { CommandError, messageOf, thisProcess } from "./terminal.ts";
import { oneLine } from "./text.ts";
import type { ExitStatus, CliDependencies, Terminal } from "./terminal.ts";

export type { Terminal } from "./terminal.ts";

/** Runs one command line (without the program's name) and returns the exit status. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  dependencies: CliDependencies = thisProcess,
): Promise<number> {
  const outcome: { status: ExitStatus } = { status: 0 };
  const program = buildProgram(terminal, dependencies, (status) => {
    outcome.status = status;
  });
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    return statusOf(error, terminal);
  }
  return outcome.status;
}

/** All commands; what each answers to the shell goes to `finish`. */
export function buildProgram(terminal: Terminal, dependencies: CliDependencies, finish: (status: ExitStatus) => void): Command {
  const program = new Command("scalable-app")
    .description("Shows the releases of ScalableApps and asks the operator to move them; renders and validates files without a cluster.")
    .addHelpText("after", "\nExit status: 0 good, 1 refused, failed or something to change, 2 not in time.")
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error });
  addStatusCommand(program, { terminal, dependencies, finish });
  addHistoryCommand(program, { terminal, dependencies, finish });
  addRequestCommands(program, { terminal, dependencies, finish });
  addFileCommands(program, terminal, finish);
  addOddsCommand(program, terminal, finish);
  return program;
}

/** The exit status of an error; one that was not meant for the user is a defect, which is reported in one line too. */
function statusOf(error: unknown, terminal: Terminal): number {
  if (error instanceof CommandError) {
    terminal.error(`${error.message}\n`);
    return error.exitStatus;
  }
  if (error instanceof Error && "exitCode" in error && typeof error.exitCode === "number") return error.exitCode;
  terminal.error(`scalable-app has a defect: ${oneLine(messageOf(error), 500)}; report it with the command and the file\n`);
  return 1;
}
