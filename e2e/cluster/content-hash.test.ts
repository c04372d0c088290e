import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { baseImages, contentHash, contextFiles, copySources, isIgnored } from "./content-hash.ts";

const dockerfile = `# COPY not/this /
FROM --platform=linux/amd64 docker.io/library/node:24-slim AS build
COPY --chown=node package.json \\
     package-lock.json ./
RUN npm ci
FROM docker.io/library/node:24-slim
COPY --from=build /app /app
COPY ["operator", "/app/operator"]
ADD https://example.com/file /file
FROM build
FROM scratch
`;

describe("a Dockerfile", () => {
  test("names the sources it copies from its context", () => {
    expect(copySources(dockerfile)).toEqual(["package.json", "package-lock.json", "operator"]);
  });

  test("names the images it starts from, once, without its own stages", () => {
    expect(baseImages(dockerfile)).toEqual(["docker.io/library/node:24-slim"]);
  });
});

describe("a .dockerignore", () => {
  const rules = "# comment\n**/*.test.ts\n/docs/\nsecret*\n!secret.example\n";

  test.each([
    ["operator/plan/plan.test.ts", true],
    ["operator/plan/plan.ts", false],
    ["docs/adr/0001.md", true],
    ["operator/docs/a.md", false],
    ["secret.env", true],
    ["secret.example", false],
  ])("%s ignored: %s", (path, expected) => {
    expect(isIgnored(path, rules)).toBe(expected);
  });
});

describe("the hash of a build context", () => {
  let folder: string;
  const hash = () => contentHash([dockerfile], folder, contextFiles(folder, "COPY . /\n", "*.md\n"));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "content-hash-"));
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "a.ts"), "one");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("changes with content, names and executable bits", () => {
    const hashes = [hash()];
    writeFileSync(join(folder, "a.ts"), "two");
    hashes.push(hash());
    chmodSync(join(folder, "a.ts"), 0o755);
    hashes.push(hash());
    writeFileSync(join(folder, "b.ts"), "");
    hashes.push(hash());
    expect(new Set(hashes).size).toBe(4);
  });

  test("does not change with what a build never sees", () => {
    const before = hash();
    writeFileSync(join(folder, "README.md"), "text");
    writeFileSync(join(folder, "node_modules/x.js"), "text");
    expect(hash()).toBe(before);
  });

  test("distinguishes texts that only join to the same", () => {
    expect(contentHash(["ab", "c"])).not.toBe(contentHash(["a", "bc"]));
  });

  test("takes wildcards", () => {
    writeFileSync(join(folder, "b.txt"), "");
    expect(contextFiles(folder, "COPY *.ts /\n", "")).toEqual(["a.ts"]);
  });
});
