import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "./command.ts";
import { archivedLayers, ociDocuments, writeArchive } from "./image-archive.ts";

const sha256 = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

describe("an image archive", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "image-archive-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function saved(name: string, layers: readonly string[]): Promise<string> {
    const source = join(folder, name);
    mkdirSync(source);
    for (const layer of layers) writeFileSync(join(source, `${layer}.tar`), layer);
    writeFileSync(join(source, "config.json"), JSON.stringify({ rootfs: { diff_ids: layers.map(sha256) } }));
    writeFileSync(
      join(source, "manifest.json"),
      JSON.stringify([{ Config: "config.json", Layers: layers.map((layer) => `${layer}.tar`) }]),
    );
    await run("tar", ["-cf", `${source}.saved.tar`, "-C", source, "."]);
    return `${source}.saved.tar`;
  }

  async function blobs(archive: string): Promise<string[]> {
    const listed = (await run("tar", ["-tf", archive])).split("\n");
    return listed.filter((entry) => /blobs\/sha256\/[0-9a-f]/.test(entry)).map((entry) => entry.replace("blobs/sha256/", "sha256:"));
  }

  test("holds every layer, the configuration and the manifest by their digests", async () => {
    const archive = join(folder, "base.oci.tar");
    await writeArchive("docker.io/library/base:1", await saved("base", ["one"]), archive);
    const index = await run("tar", ["-xOf", archive, "index.json"]);
    expect(JSON.parse(index)).toMatchObject({ manifests: [{ annotations: { "io.containerd.image.name": "docker.io/library/base:1" } }] });
    expect(await blobs(archive)).toHaveLength(3);
    expect(await blobs(archive)).toContain(sha256("one"));
  });

  test("leaves out the layers of its base, but names them all", async () => {
    const base = join(folder, "base.oci.tar");
    const child = join(folder, "child.oci.tar");
    await writeArchive("base:1", await saved("base", ["one"]), base);
    await writeArchive("child:1", await saved("child", ["one", "two", "two"]), child, base);
    expect(await blobs(child)).not.toContain(sha256("one"));
    expect(await blobs(child)).toContain(sha256("two"));
    expect(archivedLayers(child).map(({ digest }) => digest)).toEqual([sha256("one"), sha256("two"), sha256("two")]);
  });
});

test("the index names the manifest by its digest and size", () => {
  const { manifest, digest, index } = ociDocuments("a:1", Buffer.from("{}"), []);
  expect(digest).toBe(sha256(manifest));
  expect(JSON.parse(index)).toMatchObject({ manifests: [{ digest, size: manifest.length }] });
});
