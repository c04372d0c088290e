import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const dockerfile = readFileSync(join(import.meta.dirname, "../Dockerfile"), "utf8");

test("the compile cache of the operator's image is made with the flags that the operator runs with, or Node would not take it", () => {
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  const [, made = ""] = / node (.*)operator\/main\.ts --help/.exec(dockerfile) ?? [];
  const words = JSON.parse(entrypoint) as readonly string[];
  // Sizes of the heap may differ.
  const flags = words.slice(1, -1).filter((word) => !/-size(-percentage)?=/.test(word));
  expect(flags).not.toEqual([]);
  expect(made.split(" ").filter((word) => word !== "")).toEqual(flags);
});
