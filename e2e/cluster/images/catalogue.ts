import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { run } from "../command.ts";

/** One image for the nodes: where its Dockerfile lies and whether an upstream image of that name exists. */
export type Image = {
  readonly name: string;
  /** Path of the folder that is the build context. */
  readonly context: string;
  /** Path of the Dockerfile. */
  readonly dockerfile: string;
  /** True where the name is that of an upstream image, which is pulled where a registry can be reached. */
  readonly upstream: boolean;
  /** True where nodes need it: to run it, or because what they run starts from it. */
  readonly onNodes: boolean;
  /** Files that no Dockerfile can make, put into the build context; `inputs` names what they are made from. */
  readonly generated?: { readonly inputs: () => string[]; readonly make: (context: string) => Promise<void> };
};

const debianSuite = "trixie";
// as in the official slim image: later installs leave documentation and translations out as well
const debianOptions = ["doc", "man", "info", "locale", "lintian"].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
const npmVersion = "11.21.2";

/** Makes the root file system of a minimal Debian, as a tar file. */
export async function makeDebian(suite: string, file: string): Promise<void> {
  await run("mmdebstrap", ["--quiet", "--variant=minbase", ...debianOptions, suite, file]);
}

function nodePackage(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve("node/package.json"));
  } catch (error) {
    throw new Error("the npm package node is not installed: run `npm ci` first", { cause: error });
  }
}

function nodeVersion(): string {
  return (JSON.parse(readFileSync(join(nodePackage(), "package.json"), "utf8")) as { version: string }).version;
}

async function makeNode(context: string): Promise<void> {
  copyFileSync(join(nodePackage(), "bin/node"), join(context, "node"));
  const scratch = mkdtempSync(join(context, ".npm-"));
  const archive = (await run("npm", ["pack", `npm@${npmVersion}`, "--silent"], { cwd: scratch })).trim().split("\n").at(-1) ?? "";
  await run("tar", ["-xzf", archive], { cwd: scratch });
  mkdirSync(join(context, "npm"), { recursive: true });
  cpSync(join(scratch, "package"), join(context, "npm"), { recursive: true });
  rmSync(scratch, { recursive: true });
}

function standIn(name: string, folder: string, more: Partial<Image> = {}): Image {
  const context = join(import.meta.dirname, folder);
  return { name, context, dockerfile: join(context, "Dockerfile"), upstream: true, onNodes: true, ...more };
}

/** Images of the names of well-known upstream ones, built of Debian packages where no registry can be reached; those that others start from come first. */
export const standIns: readonly Image[] = [
  standIn("docker.io/library/debian:trixie-slim", "debian", {
    generated: {
      inputs: () => [debianSuite, ...debianOptions],
      make: (context) => makeDebian(debianSuite, join(context, "rootfs.tar")),
    },
  }),
  standIn("docker.io/library/node:24-slim", "node", {
    generated: { inputs: () => [nodeVersion(), npmVersion], make: makeNode },
  }),
  standIn("docker.io/library/postgres:17", "postgres"),
  standIn("docker.io/library/redis:8", "redis"),
  standIn("docker.io/edoburu/pgbouncer:v1.25.2-p0", "pgbouncer"),
  standIn("docker.io/prom/prometheus:v3.5.0", "prometheus"),
];
