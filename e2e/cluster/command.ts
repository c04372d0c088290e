import { appendFileSync } from "node:fs";
import { execa } from "execa";

/** How a command is run; by default its output is collected and nothing is fed to it. */
export type CommandOptions = {
  /** Variables besides the inherited ones. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Text fed to standard input. */
  readonly input?: string;
  /** A file fed to standard input. */
  readonly inputFile?: string;
  /** A file that receives both outputs as well, appended. */
  readonly log?: string | undefined;
  /** Milliseconds after which the command is killed; default: never. */
  readonly timeoutMs?: number;
};

/** Runs a command to its end and returns what it wrote to standard output; throws with the command, its exit code and the end of its error output. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { log, timeoutMs, ...rest } = options;
  const line = [command, ...args].join(" ");
  if (log !== undefined) appendFileSync(log, `$ ${line}\n`);
  const output = log === undefined ? "pipe" : (["pipe", { file: log, append: true }] as const);
  const fed = rest.input !== undefined || rest.inputFile !== undefined;
  const { failed, exitCode, signal, stdout, stderr, cause } = await execa(command, args, {
    ...rest,
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" }),
    stdin: fed ? "pipe" : "ignore",
    stdout: output,
    stderr: output,
    maxBuffer: Infinity,
    stripFinalNewline: false,
    reject: false,
  });
  if (!failed) return stdout;
  if (exitCode === undefined && signal === undefined) throw new Error(`cannot run ${command}: is it installed?`, { cause });
  const why = signal === undefined ? `exit code ${exitCode}` : `signal ${signal}`;
  const end = (stderr || stdout).trim().split("\n").slice(-15).join("\n");
  throw new Error(`${line.slice(0, 200)}: ${why}${end && `\n${end}`}`);
}

/** Runs a command and says only whether it succeeded, for probes. */
export async function succeeds(command: string, args: readonly string[], options: CommandOptions = {}): Promise<boolean> {
  return run(command, args, options).then(
    () => true,
    () => false,
  );
}
