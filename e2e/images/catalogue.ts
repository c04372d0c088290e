import { join } from "node:path";
import { standIns, type Image } from "../cluster/index.ts";

const root = join(import.meta.dirname, "../..");

function ours(name: string, folder: string): Image {
  const context = join(root, folder);
  return { name: `localhost/scalable-app/${name}:dev`, context, dockerfile: join(context, "Dockerfile"), upstream: false, onNodes: true };
}

/** Every image that the scenarios run, those that others start from first. */
export const scenarioImages: readonly Image[] = [...standIns, ours("operator", "."), ours("storefront", "examples/storefront")];
