import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { runCommandLine } from "./commands.ts";

const shop = `
apiVersion: scalableapp.dev/v1alpha1
kind: ScalableApp
metadata: {name: shop}
spec: {image: "ghcr.io/acme/shop:1", stage: growth}
`;

const examples = join(import.meta.dirname, "../../examples");

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "cli-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a command on a file of the given content; "FILE" in the words stands for it. */
async function run(content: string, ...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const file = join(directory, "app.yaml");
  writeFileSync(file, content);
  const written = { out: "", error: "" };
  const status = await runCommandLine(
    words.map((word) => (word === "FILE" ? file : word)),
    {
      out: (text) => {
        written.out += text;
      },
      error: (text) => {
        written.error += text;
      },
    },
  );
  return { status, ...written };
}

describe("render", () => {
  test("prints every child, in the order in which it is applied, without a cluster", async () => {
    const { status, out, error } = await run(shop, "render", "FILE");
    expect({ status, error }).toEqual({ status: 0, error: "" });
    const kinds = parseAllDocuments(out).map((document) => document.get("kind"));
    expect(kinds).toEqual([
      "ServiceAccount",
      "Service",
      "Deployment",
      "Service",
      "PodDisruptionBudget",
      "Deployment",
      "HorizontalPodAutoscaler",
    ]);
    expect(out).toContain("# web/deployment, wave 2, replicas 2 to 4\n");
    expect(out).toMatch(/scalableapp.dev\/release: "?[0-9a-f]{10}"?\n/u);
  });

  test("takes a revision, so that two renderings can be compared", async () => {
    const { out } = await run(shop, "render", "FILE", "--revision", "abc");
    expect(out).toContain("scalableapp.dev/release: abc\n");
  });

  test("refuses a revision that no label can hold", async () => {
    const { status, error } = await run(shop, "render", "FILE", "--revision", "A B");
    expect(status).toBe(1);
    expect(error).toContain("must be at most 10 lower-case letters and digits");
  });

  test("prints every app of a file, and passes over what is none", async () => {
    const other = shop.replace("name: shop", "name: other");
    const { status, out } = await run(`${shop}---\nkind: Secret\n---\n${other}---\n`, "render", "FILE", "--revision", "abc");
    expect(status).toBe(0);
    expect(out).toContain("name: shop-web\n");
    expect(out).toContain("name: other-web\n");
  });

  test("prints no child of an app that the operator would refuse", async () => {
    const { status, out, error } = await run(shop.replace("stage: growth", "stage: huge"), "render", "FILE");
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(/^shop: spec\.stage /u);
  });
});

describe("validate", () => {
  test("says that an app is valid", async () => {
    expect(await run(shop, "validate", "FILE")).toEqual({ status: 0, out: "shop: valid\n", error: "" });
  });

  test("says where each problem is and what to write instead", async () => {
    const wrong = shop.replace("stage: growth", "web: {port: 0, replica: 3}");
    const { status, error } = await run(wrong, "validate", "FILE");
    expect(status).toBe(1);
    expect(error).toContain("shop: spec.web.port must be at least 1\n");
    expect(error).toMatch(/shop: spec\.web\.replica is not a field/u);
  });

  test("says what the user asked for in vain", async () => {
    const { status, error } = await run(shop.replace("stage: growth", "slos: [{name: a, objectivePercent: 99}]"), "validate", "FILE");
    expect(status).toBe(0);
    expect(error).toBe("shop: note: spec.slos has no effect in this version\n");
  });

  test("names the version that it knows", async () => {
    const { status, error } = await run(shop.replace("v1alpha1", "v9"), "validate", "FILE");
    expect({ status, error }).toEqual({ status: 1, error: "shop: apiVersion must be scalableapp.dev/v1alpha1\n" });
  });

  test("names an app that has no name", async () => {
    const { status, error } = await run(shop.replace("{name: shop}", "{}"), "validate", "FILE");
    expect(status).toBe(1);
    expect(error).toMatch(/^\(no name\): metadata\.name /u);
  });
});

describe("a file that cannot be used is named with its cause:", () => {
  test.each([
    ["an empty one", "", /holds no ScalableApp/u],
    ["one of another kind", "kind: Pod", /holds no ScalableApp/u],
    ["one that is not YAML", "a: [", /is not YAML/u],
  ])("%s", async (_, content, words) => {
    const { status, error } = await run(content, "validate", "FILE");
    expect(status).toBe(1);
    expect(error).toMatch(words);
    expect(error.trimEnd().split("\n").length).toBeLessThan(8);
  });

  test("one that does not exist", async () => {
    const { status, error } = await run("", "render", join(directory, "missing.yaml"));
    expect(status).toBe(1);
    expect(error).toMatch(/missing\.yaml cannot be read: ENOENT/u);
  });
});

test("help and mistakes of the command line end with the shell's statuses", async () => {
  const help = await run("", "--help");
  expect(help.status).toBe(0);
  expect(help.out).toContain("render [options] <FILE>");
  expect((await run("", "rende")).status).toBe(1);
  expect((await run("", "render")).status).toBe(1);
});

describe("validate sees what kubectl sees:", () => {
  test("truth values of YAML 1.1, where text is asked for", async () => {
    const { status, error } = await run(
      shop.replace("stage: growth", "env: [{name: MAINTENANCE, value: off}, {name: COUNTRY, value: NO}]"),
      "validate",
      "FILE",
    );
    expect(status).toBe(1);
    expect(error).toMatch(
      /^shop: spec\.env\[0\]\.value must be text \(put it in quotes.*\nshop: spec\.env\[1\]\.value must be text .*\n$/u,
    );
  });

  test("a map that is merged from an anchor", async () => {
    const text = `${shop.replace("{name: shop}", "&meta {name: shop}").replace("stage: growth", "stage: growth, web: &web {port: 3000}")}---\n`;
    const { status, out } = await run(
      text.replace("web: &web", "podMetadata: {labels: &l {a: b}, annotations: {<<: *l, c: d}}, web: &web"),
      "validate",
      "FILE",
    );
    expect({ status, out }).toEqual({ status: 0, out: "shop: valid\n" });
  });

  test("null where a field is optional, and not where a map holds it", async () => {
    const some = await run(
      shop.replace("stage: growth", "stage: null, web: {replicas: null, command: ~}, redis: null"),
      "validate",
      "FILE",
      "--strict",
    );
    expect(some).toEqual({ status: 0, out: "shop: valid\n", error: "" });
    const map = await run(shop.replace("stage: growth", "podMetadata: {labels: {a: null}}"), "validate", "FILE");
    expect(map).toEqual({ status: 1, out: "", error: "shop: spec.podMetadata.labels.a must be text\n" });
  });

  test("the items of a List", async () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: ["shop", "mail"].map((name) => ({
        apiVersion: "scalableapp.dev/v1alpha1",
        kind: "ScalableApp",
        metadata: { name },
        spec: { image: "a" },
      })),
    };
    expect(await run(JSON.stringify(list), "validate", "FILE")).toEqual({ status: 0, out: "shop: valid\nmail: valid\n", error: "" });
  });

  test("aliases without end or measure, in one line", async () => {
    const { status, error } = await run(shop.replace("stage: growth", "overlays: &a {web: *a}"), "validate", "FILE");
    expect(status).toBe(1);
    expect(error.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("validate --strict fails on what has no effect:", () => {
  test.each([
    ["a field of a later version", "slos: [{name: a, objectivePercent: 99}]", "spec.slos has no effect in this version"],
    [
      "steps without a canary",
      "rollout: {canary: {steps: [{weight: 5}]}}",
      "spec.rollout.canary.steps has no effect: it needs rollout.strategy: canary",
    ],
    ["a switch without blue/green", "rollout: {blueGreen: {autoPromotion: false}}", "spec.rollout.blueGreen has no effect"],
    [
      "memory of a cache that is off",
      "redis: {cache: {enabled: false, memory: 64Mi}}",
      "spec.redis.cache.memory has no effect: it is switched off",
    ],
    ["a volume policy without a queue", "deletionPolicy: {queueVolume: delete}", "needs a managed redis.queue"],
    ["analysis that is off", "rollout: {canary: {analysis: {enabled: false, errorRatePercent: 5}}}", "is switched off by"],
    ["a pool without a pooler", "postgres: {urlFrom: {secretKeyRef: {name: a, key: b}}, pooler: {poolSize: 9}}", "needs a pooler"],
    [
      "a worker that should sleep",
      "redis: {queue: {}}, workers: [{name: a, command: [b], queue: {bullmq: c}, autoscaling: {minReplicas: 0}}]",
      "spec.workers[0].autoscaling.minReplicas has no effect in this version",
    ],
    [
      "a variable that only some components get",
      "postgres: {urlFrom: {secretKeyRef: {name: a, key: b}}}, migration: {command: [migrate]}, env: [{name: DIRECT_URL, value: $(DATABASE_DIRECT_URL)}]",
      "spec.env[0].value refers to $(DATABASE_DIRECT_URL), which stays the text itself in web:",
    ],
    ["an eviction of all pods", "web: {replicas: 2}, disruption: {maxUnavailable: 2}", "would let all 2 pods of web be evicted"],
    [
      "too few connections",
      "postgres: {urlFrom: {secretKeyRef: {name: a, key: b}}, maxConnections: 30, pooler: {mode: sidecar}}, web: {replicas: 400}",
      "is not enough: 801 x 2 = 1602 of 17 connections at the worst moment",
    ],
    [
      "a ceiling for which there are too few connections",
      "postgres: {urlFrom: {secretKeyRef: {name: a, key: b}}, pooler: {mode: sidecar}}, web: {autoscaling: {maxReplicas: 400}}",
      "spec.web.autoscaling.maxReplicas is 21 instead of 400: more do not fit into the database: 43 x 2 = 86 of 87 connections",
    ],
  ])("%s", async (_, fields, words) => {
    const text = shop.replace("stage: growth", fields);
    const lenient = await run(text, "validate", "FILE");
    expect(lenient).toMatchObject({ status: 0, out: "shop: valid\n", error: expect.stringContaining("shop: note: ") });
    expect(lenient.error).toContain(words);
    const strict = await run(text, "validate", "FILE", "--strict");
    expect(strict).toMatchObject({ status: 1, out: "", error: expect.stringContaining(words) });
  });

  test("but not on a default beside a queue and an autoscaler", async () => {
    const worker = "workers: [{name: orders, command: [work], queue: {bullmq: orders}, autoscaling: {maxReplicas: 4}}]";
    const text = shop.replace("stage: growth", `redis: {queue: {}}, ${worker}`);
    expect(await run(text, "validate", "FILE", "--strict")).toEqual({ status: 0, out: "shop: valid\n", error: "" });
  });

  test("but not on what only the stage asks for", async () => {
    expect(await run(shop.replace("growth", "hyperscale"), "validate", "FILE", "--strict")).toMatchObject({ status: 0 });
  });
});

test.each(globSync(join(examples, "*/app.yaml")).toSorted())("the example %s passes validate --strict", async (file) => {
  const { status, error } = await run(readFileSync(file, "utf8"), "validate", "FILE", "--strict");
  expect({ status, error }).toEqual({ status: 0, error: "" });
});

test("a defect is reported in one line", async () => {
  const written = { error: "" };
  const broken = {
    out: () => {
      throw new Error("first\nsecond");
    },
    error: (text: string) => {
      written.error += text;
    },
  };
  writeFileSync(join(directory, "good.yaml"), shop);
  expect(await runCommandLine(["validate", join(directory, "good.yaml")], broken)).toBe(1);
  expect(written.error).toBe("scalable-app has a defect: first second; report it with the command and the file\n");
});

test("a Node.js that cannot read the program says so in one line", () => {
  const start = join(import.meta.dirname, "scalable-app.js");
  const old = spawnSync(process.execPath, ["--no-experimental-strip-types", start, "--help"], { encoding: "utf8" });
  expect(old).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/^scalable-app needs Node\.js 24 or newer[^\n]*\n$/u) });
  const recent = spawnSync(process.execPath, [start, "--help"], { encoding: "utf8" });
  expect(recent).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("validate") });
});
