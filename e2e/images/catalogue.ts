import { execa } from "execa";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standIns, type Image } from "../cluster/index.ts";

const root = join(import.meta.dirname, "../..");
const djangoRequirements = join(root, "examples/django/requirements.txt");
/** The Python of the Debian that the stand-ins start from. */
const debianPython = "3.13";

/** Downloads the wheels of the Django example for the image's Python; the build itself needs no network. */
async function makeWheels(context: string): Promise<void> {
  const target = ["--only-binary=:all:", "--python-version", debianPython, "--dest", join(context, "wheels")];
  await execa("/usr/bin/pip3", ["download", "--quiet", ...target, "--requirement", djangoRequirements]);
}

function ours(name: string, folder: string, more: Partial<Image> = {}): Image {
  const context = join(root, folder);
  return {
    name: `localhost/scalable-app/${name}:dev`,
    context,
    dockerfile: join(context, "Dockerfile"),
    upstream: false,
    onNodes: true,
    ...more,
  };
}

/** Every image that the scenarios run, those that others start from first. */
export const scenarioImages: readonly Image[] = [
  ...standIns,
  ours("operator", "."),
  ours("storefront", "examples/storefront"),
  ours("django", "examples/django", {
    generated: { inputs: () => [debianPython, readFileSync(djangoRequirements, "utf8")], make: makeWheels },
  }),
];
