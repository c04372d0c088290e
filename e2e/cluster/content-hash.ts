import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, matchesGlob } from "node:path";

/** The instructions of a Dockerfile, with continued lines joined and comments dropped. */
function instructions(dockerfile: string): string[] {
  return dockerfile
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n")
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The paths that a Dockerfile copies from its build context, in order, without those of other stages. */
export function copySources(dockerfile: string): string[] {
  return instructions(dockerfile).flatMap((line) => {
    const [word = "", ...rest] = line.split(/\s+/);
    if (!/^(COPY|ADD)$/i.test(word) || rest.some((part) => part.startsWith("--from="))) return [];
    const operands = line.includes("[")
      ? (JSON.parse(line.slice(line.indexOf("["))) as string[])
      : rest.filter((part) => !part.startsWith("--"));
    return operands.slice(0, -1).filter((source) => !/^https?:/.test(source));
  });
}

/** The images that a Dockerfile starts from, without `scratch` and its own stages. */
export function baseImages(dockerfile: string): string[] {
  const stages = new Set<string>(["scratch"]);
  const bases = instructions(dockerfile).flatMap((line) => {
    const [word = "", ...rest] = line.split(/\s+/).filter((part) => !part.startsWith("--platform"));
    if (!/^FROM$/i.test(word)) return [];
    const [base = "", as, stage] = rest;
    const own = stages.has(base);
    if (as && stage) stages.add(stage);
    return own ? [] : [base];
  });
  return [...new Set(bases)];
}

/** Whether a .dockerignore leaves out a path of the build context; a later line wins, `!` takes back. */
export function isIgnored(path: string, dockerignore: string): boolean {
  const parts = path.split("/");
  const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  let ignored = false;
  for (const line of dockerignore.split("\n")) {
    const rule = line.trim();
    if (!rule || rule.startsWith("#")) continue;
    const pattern = rule.replace(/^!/, "").replace(/^\//, "").replace(/\/$/, "");
    if (prefixes.some((prefix) => matchesGlob(prefix, pattern))) ignored = !rule.startsWith("!");
  }
  return ignored;
}

/** Every file below a path of a folder, sorted, as paths relative to the folder. */
function filesBelow(folder: string, path: string, skip: (path: string) => boolean): string[] {
  if (path !== "" && skip(path)) return [];
  if (!lstatSync(join(folder, path)).isDirectory()) return [path];
  return readdirSync(join(folder, path))
    .toSorted()
    .flatMap((name) => filesBelow(folder, path === "" ? name : `${path}/${name}`, skip));
}

/** The files of a build context that a Dockerfile can reach, sorted; `node_modules` and `.git` never count. */
export function contextFiles(folder: string, dockerfile: string, dockerignore: string): string[] {
  const skip = (path: string) => /(^|\/)(node_modules|\.git)(\/|$)/.test(path) || isIgnored(path, dockerignore);
  const paths = copySources(dockerfile).flatMap((source) => {
    const path = source
      .replace(/^\.?\/+/, "")
      .replace(/^\.$/, "")
      .replace(/\/$/, "");
    if (!/[*?[]/.test(path)) return filesBelow(folder, path, skip);
    return filesBelow(folder, "", skip).filter((file) => matchesGlob(file, path) || matchesGlob(file, `${path}/**`));
  });
  return [...new Set(paths)].toSorted();
}

/** A short hash of texts and files: names, contents, executable bits and link targets. */
export function contentHash(texts: readonly string[], folder?: string, files: readonly string[] = []): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}:${text}`);
  for (const file of files) {
    const path = join(folder ?? "", file);
    const stat = lstatSync(path);
    const content = stat.isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readFileSync(path);
    hash.update(`${file}\0${stat.mode & 0o111 ? "x" : "-"}${content.length}:`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}
