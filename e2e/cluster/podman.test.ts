import { expect, test } from "vitest";
import { containersConf, storageConf } from "./podman.ts";

const folders = { settings: "/cache/engine", store: "/cache/engine/storage", state: "/run/own" };

test("podman keeps everything in folders of its own", () => {
  const paths = `${containersConf(folders, "/tools/runc")}${storageConf(folders)}`.match(/"\/[^"]+"/g) ?? [];
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) expect(path).toMatch(/^"\/(cache\/engine|run\/own|tools)\//);
});

test("podman runs containers by our runc; without it the configuration names no runtime that is missing", () => {
  expect(containersConf(folders, "/tools/runc")).toContain('runc = ["/tools/runc"]');
  expect(containersConf(folders, undefined)).not.toContain("runtime");
});
