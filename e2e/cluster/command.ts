import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import type { Readable, Writable } from "node:stream";

/** How a command is run; by default its output is collected and nothing is fed to it. */
export type CommandOptions = {
  readonly env?: Readonly<Record<string, string>>;
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

/** A command that could not be started, was killed or ended with a non-zero code. */
class CommandError extends Error {
  readonly code: number | undefined;
  readonly stderr: string;
  constructor(message: string, code: number | undefined, stderr: string) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    this.stderr = stderr;
  }
}

function tail(text: string, lines: number): string {
  return text.trim().split("\n").slice(-lines).join("\n");
}

/** Collects what a stream says, and copies it to the log. */
function collect(stream: Readable | null, log: WriteStream | undefined): () => string {
  const chunks: Buffer[] = [];
  stream?.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    log?.write(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

function feed(stdin: Writable | null, { input, inputFile }: CommandOptions): void {
  if (stdin === null) return;
  // a command that ends without reading its input must not end us with EPIPE: its exit code says what happened
  stdin.on("error", () => undefined);
  if (inputFile === undefined) stdin.end(input);
  else createReadStream(inputFile).pipe(stdin);
}

function ending(child: ChildProcess, command: string): Promise<[number | null, string | null]> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => reject(new Error(`cannot run ${command}: is it installed?`, { cause })));
    child.once("close", (...end) => resolve(end));
  });
}

/** Runs a command to its end and returns what it wrote to standard output; throws CommandError with the end of its error output. */
export async function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const fed = options.input !== undefined || options.inputFile !== undefined;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [fed ? "pipe" : "ignore", "pipe", "pipe"],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
  const line = [command, ...args].join(" ");
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: "a" });
  log?.write(`$ ${line}\n`);
  const stdout = collect(child.stdout, log);
  const stderr = collect(child.stderr, log);
  feed(child.stdin, options);
  const [code, signal] = await ending(child, command).finally(() => log?.end());
  if (code === 0) return stdout();
  const why = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const said = tail(stderr() || stdout(), 15);
  throw new CommandError(`${line.slice(0, 200)}: ${why}${said ? `\n${said}` : ""}`, code ?? undefined, stderr());
}

/** Runs a command and says only whether it succeeded, for probes. */
export async function succeeds(command: string, args: readonly string[], options: CommandOptions = {}): Promise<boolean> {
  return run(command, args, options).then(
    () => true,
    () => false,
  );
}
