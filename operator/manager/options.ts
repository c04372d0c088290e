import { Command, CommanderError, Option } from "commander";
import { z } from "zod";

import { defaultImages } from "../resources/images.ts";

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const imageReference = /^[a-z0-9][\w.:/@-]*$/i;

function port(): z.ZodType<number> {
  return z.coerce.number("use a number").int("use a whole number").min(0, "use 0 to 65535").max(65_535, "use 0 to 65535");
}

function between(low: number, high: number): z.ZodType<number> {
  const remedy = `use a whole number from ${low} to ${high}`;
  return z.coerce.number(remedy).int(remedy).min(low, remedy).max(high, remedy);
}

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `use one of ${values.join(", ")}`);
}

const yesOrNo = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], "use true or false");

const namespaces = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  )
  .pipe(z.array(z.string().regex(label, "use namespace names separated by commas")))
  .transform((names) => [...new Set(names)].toSorted());

const image = z.string().regex(imageReference, "use an image reference such as registry.example.com/name:tag");

const schema = z.object({
  kubeconfig: z.string().min(1, "name a file, or leave it out to use KUBECONFIG or the pod's service account").optional(),
  watchNamespaces: namespaces,
  leaderElect: yesOrNo,
  leaderElectionNamespace: z.string().regex(label, "use a namespace name, or run with POD_NAMESPACE set").optional(),
  leaderElectionId: z.string().regex(subdomain, "use a name of lower-case letters, digits, '-' and '.'"),
  metricsPort: port(),
  healthPort: port(),
  workers: between(1, 64),
  secretAccess: oneOf(["get", "watch", "none"]),
  pgbouncerImage: image,
  redisImage: image,
  postgresImage: image,
  logLevel: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
  logFormat: oneOf(["json", "pretty"]),
  resyncSeconds: between(10, 86_400),
});

/** What the operator process was asked to be: the checked flags and SCALABLE_APP_* variables. */
export type ManagerOptions = z.infer<typeof schema>;

/** How the operator reads referenced Secrets: by name, by a metadata watch, or not at all. */
export type SecretAccess = ManagerOptions["secretAccess"];

/** A flag or variable holds a value that can't be used; the message names it and says what to write instead. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
  /** The exit code that fits: 0 when only help or the version was asked for. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

interface Flag {
  readonly name: keyof ManagerOptions;
  readonly flags: string;
  readonly description: string;
  readonly initial?: string | boolean;
}

const flagTable: readonly Flag[] = [
  {
    name: "kubeconfig",
    flags: "--kubeconfig <file>",
    description: "kubeconfig file (default: $KUBECONFIG, else the pod's service account)",
  },
  {
    name: "watchNamespaces",
    flags: "--watch-namespaces <names>",
    description: "namespaces to serve, comma-separated; empty = all",
    initial: "",
  },
  {
    name: "leaderElect",
    flags: "--leader-elect",
    description: "act only while holding the Lease, so that replicas never act twice",
    initial: true,
  },
  {
    name: "leaderElectionNamespace",
    flags: "--leader-election-namespace <name>",
    description: "namespace of the Lease (default: $POD_NAMESPACE)",
  },
  { name: "leaderElectionId", flags: "--leader-election-id <name>", description: "name of the Lease", initial: "scalable-app-operator" },
  { name: "metricsPort", flags: "--metrics-port <port>", description: "port of /metrics; 0 = any free port", initial: "8080" },
  { name: "healthPort", flags: "--health-port <port>", description: "port of /healthz and /readyz; 0 = any free port", initial: "8081" },
  {
    name: "workers",
    flags: "--workers <count>",
    description: "fewest concurrent reconciles, 1 to 64; up to 32 while the API server keeps up",
    initial: "4",
  },
  {
    name: "secretAccess",
    flags: "--secret-access <mode>",
    description: "how referenced Secrets are followed: get, watch or none",
    initial: "get",
  },
  {
    name: "pgbouncerImage",
    flags: "--pgbouncer-image <image>",
    description: "image of the connection pooler",
    initial: defaultImages.pgbouncer,
  },
  { name: "redisImage", flags: "--redis-image <image>", description: "image of managed Redis", initial: defaultImages.redis },
  {
    name: "postgresImage",
    flags: "--postgres-image <image>",
    description: "image with psql, for the upkeep of data",
    initial: defaultImages.postgres,
  },
  { name: "logLevel", flags: "--log-level <level>", description: "trace, debug, info, warn, error, fatal or silent", initial: "info" },
  { name: "logFormat", flags: "--log-format <format>", description: "json, or pretty for people", initial: "json" },
  {
    name: "resyncSeconds",
    flags: "--resync-seconds <seconds>",
    description: "each ScalableApp is looked at again at least this often, 10 to 86400",
    initial: "600",
  },
];

/** The environment variable that stands in for a flag: `metricsPort` -> `SCALABLE_APP_METRICS_PORT`. */
export function variableOf(name: string): string {
  return `SCALABLE_APP_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The long form of a flag: `metricsPort` -> `--metrics-port`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Reads the process's options: a flag wins over its SCALABLE_APP_* variable, which wins over the default. */
export function parseOptions(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): ManagerOptions {
  const parsed = schema.safeParse(readRaw(args, environment));
  if (!parsed.success) throw new OptionsError(describeProblems(parsed.error), 2, parsed.error);
  const options = parsed.data;
  options.leaderElectionNamespace ??= environment["POD_NAMESPACE"];
  if (options.leaderElect && options.leaderElectionNamespace === undefined) {
    throw new OptionsError(
      "--leader-election-namespace is missing: name the Lease's namespace, set POD_NAMESPACE, or run a single copy with --no-leader-elect",
    );
  }
  return options;
}

function readRaw(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const command = buildCommand();
  for (const { name } of flagTable) {
    const value = environment[variableOf(name)];
    if (value !== undefined && value !== "") command.setOptionValueWithSource(name, value, "env");
  }
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new OptionsError(`${error.message.replace(/^error: /, "")}; --help lists all flags`, error.exitCode === 0 ? 0 : 2, error);
  }
  return command.opts();
}

function buildCommand(): Command {
  const command = new Command("scalable-app-operator")
    .description("Turns each ScalableApp into a backend that scales itself.")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const { name, flags, description, initial } of flagTable) {
    const option = new Option(flags, `${description} [${variableOf(name)}]`);
    command.addOption(initial === undefined ? option : option.default(initial));
    if (typeof initial === "boolean") command.addOption(new Option(flags.replace("--", "--no-"), `opposite of ${flags}`));
  }
  return command;
}

function describeProblems(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const name = String(issue.path[0]);
      return `${flagOf(name)} (or ${variableOf(name)}) has a value that can't be used: ${issue.message}`;
    })
    .join("; ");
}
