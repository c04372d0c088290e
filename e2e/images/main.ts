// make images: builds every image that is missing, and loads them where the cluster runs.
import { isUp, loadImages, provideImages } from "../cluster/index.ts";
import { scenarioImages } from "./catalogue.ts";

try {
  for (const { name, hash } of await provideImages(scenarioImages)) console.log(`${name}  ${hash}`);
  if (isUp()) await loadImages(scenarioImages);
  else console.log("the cluster does not run: nothing was loaded");
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
