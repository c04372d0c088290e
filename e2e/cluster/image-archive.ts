import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "./command.ts";

type Descriptor = { readonly mediaType: string; readonly digest: string; readonly size: number };

/** A layer of an image, uncompressed: its digest and its size in bytes. */
export type Layer = { readonly digest: string; readonly size: number };

const oci = "application/vnd.oci.image";

function describe(mediaType: string, content: string | Buffer): Descriptor {
  return { mediaType, digest: `sha256:${createHash("sha256").update(content).digest("hex")}`, size: Buffer.byteLength(content) };
}

/** Renders the manifest and the index of an image whose layers are not compressed. */
export function ociDocuments(name: string, config: Buffer, layers: readonly Layer[]): { manifest: string; digest: string; index: string } {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: describe(`${oci}.config.v1+json`, config),
    layers: layers.map(({ digest, size }) => ({ mediaType: `${oci}.layer.v1.tar`, digest, size })),
  });
  const described = describe(`${oci}.manifest.v1+json`, manifest);
  const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": name };
  return { manifest, digest: described.digest, index: JSON.stringify({ schemaVersion: 2, manifests: [{ ...described, annotations }] }) };
}

function layersFile(archive: string): string {
  return `${archive}.layers.json`;
}

/** The layers of an image that is in an archive of ours, those of its base included; none where there is no such archive. */
export function archivedLayers(archive: string): Layer[] {
  return existsSync(layersFile(archive)) ? (JSON.parse(readFileSync(layersFile(archive), "utf8")) as Layer[]) : [];
}

/** Where the blobs of an unpacked image lie. */
function blobPath(folder: string, digest: string): string {
  return join(folder, "blobs/sha256", digest.replace("sha256:", ""));
}

function arrange(folder: string, name: string, known: ReadonlyMap<string, Layer>): Layer[] {
  const [saved] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as [{ Config: string; Layers: string[] }];
  const config = readFileSync(join(folder, saved.Config));
  const { rootfs } = JSON.parse(config.toString()) as { rootfs: { diff_ids: string[] } };
  const image = join(folder, "image");
  mkdirSync(join(image, "blobs/sha256"), { recursive: true });
  const layers = rootfs.diff_ids.map((digest, index) => {
    const there = known.get(digest);
    if (there) return there;
    const target = blobPath(image, digest);
    // an image may hold the same layer twice
    if (!existsSync(target)) renameSync(join(folder, saved.Layers[index] ?? ""), target);
    return { digest, size: statSync(target).size };
  });
  const { manifest, digest, index } = ociDocuments(name, config, layers);
  writeFileSync(blobPath(image, describe("", config).digest), config);
  writeFileSync(blobPath(image, digest), manifest);
  writeFileSync(join(image, "index.json"), index);
  writeFileSync(join(image, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return layers;
}

/**
 * Turns what an engine saved (a docker archive) into an OCI archive without the layers of the base image's archive.
 *
 * Nodes get the base first, so that each layer travels to a node only once, uncompressed: compression would cost more than it saves on one machine.
 */
export async function writeArchive(name: string, saved: string, archive: string, baseArchive?: string): Promise<void> {
  const folder = mkdtempSync(join(dirname(archive), ".build-archive-"));
  try {
    await run("tar", ["-xf", saved, "-C", folder]);
    const known = new Map((baseArchive === undefined ? [] : archivedLayers(baseArchive)).map((layer) => [layer.digest, layer]));
    const layers = arrange(folder, name, known);
    const draft = join(folder, basename(archive));
    await run("tar", ["-cf", draft, "-C", join(folder, "image"), "oci-layout", "index.json", "blobs"]);
    writeFileSync(layersFile(archive), JSON.stringify(layers));
    renameSync(draft, archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
