import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import { repositoryRoot } from "../paths.ts";

/** One image of the test cluster: where its Dockerfile lies and whether an upstream image of that name exists. */
export type Image = {
  readonly name: string;
  /** The folder of the build context, relative to the repository. */
  readonly context: string;
  /** The Dockerfile, relative to the repository. */
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
const nodePackage = join(repositoryRoot, "node_modules/node");

/** Makes the root file system of a minimal Debian, as a tar file. */
export async function makeDebian(suite: string, file: string): Promise<void> {
  await run("mmdebstrap", ["--quiet", "--variant=minbase", ...debianOptions, suite, file]);
}

function nodeVersion(): string {
  const file = join(nodePackage, "package.json");
  if (!existsSync(file)) throw new Error("the npm package node is not installed: run `npm ci` in the repository first");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function makeNode(context: string): Promise<void> {
  copyFileSync(join(nodePackage, "bin/node"), join(context, "node"));
  const scratch = mkdtempSync(join(context, ".npm-"));
  const archive = (await run("npm", ["pack", `npm@${npmVersion}`, "--silent"], { cwd: scratch })).trim().split("\n").at(-1) ?? "";
  await run("tar", ["-xzf", archive], { cwd: scratch });
  mkdirSync(join(context, "npm"), { recursive: true });
  cpSync(join(scratch, "package"), join(context, "npm"), { recursive: true });
  rmSync(scratch, { recursive: true });
}

function standIn(name: string, folder: string, more: Partial<Image> = {}): Image {
  const context = `e2e/cluster/images/${folder}`;
  return { name, context, dockerfile: `${context}/Dockerfile`, upstream: true, onNodes: true, ...more };
}

/** Every image that the project builds or pulls, those that others start from first. */
const catalogue: readonly Image[] = [
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
  {
    name: "localhost/scalable-app/operator:dev",
    context: ".",
    dockerfile: "Dockerfile",
    upstream: false,
    onNodes: true,
  },
  {
    name: "localhost/scalable-app/storefront:dev",
    context: "examples/storefront",
    dockerfile: "examples/storefront/Dockerfile",
    upstream: false,
    onNodes: true,
  },
];

/** The images whose Dockerfile is in this checkout. */
export function presentImages(): Image[] {
  return catalogue.filter((image) => existsSync(join(repositoryRoot, image.dockerfile)));
}
