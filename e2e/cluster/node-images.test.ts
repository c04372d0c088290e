import { expect, test } from "vitest";
import { readLoaded } from "./node-images.ts";

test("images that were loaded by us are known by their label", () => {
  const printed = [
    "REF                          TYPE                                                  DIGEST          SIZE      PLATFORMS   LABELS",
    "docker.io/library/redis:8    application/vnd.docker.distribution.manifest.v2+json  sha256:0123     9.1 MiB   linux/amd64 io.cri-containerd.image=managed,scalableapp.dev/build=232f156a9778b9af",
    "registry.k8s.io/pause:3.10.2 application/vnd.docker.distribution.manifest.v2+json  sha256:4567     9.1 MiB   linux/amd64 io.cri-containerd.image=managed",
    "",
  ].join("\n");
  expect([...readLoaded(printed)]).toEqual([["docker.io/library/redis:8", "232f156a9778b9af"]]);
  expect(readLoaded("").size).toBe(0);
});
