import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiException, CustomObjectsApi, KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { GROUP, PLURAL, VERSION } from "./kind.ts";
import { parseScalableApp } from "./parse.ts";
import type { ScalableApp } from "./scalable-app.ts";
import { STAGES } from "./scalable-app.ts";
import { INVALID_MANIFESTS, invalidManifest } from "./testdata/invalid-manifests.ts";
import { FULL_SPEC, MINIMAL_MANIFEST } from "./testdata/valid-manifests.ts";
import type { Tree } from "../base/tree.ts";
import { isTree } from "../base/tree.ts";

const NAMESPACE = "api-crd";
const REPOSITORY = join(import.meta.dirname, "../..");

const kubeConfig = new KubeConfig();
let folder = "";

async function kubectl(...words: readonly string[]): Promise<string> {
  const { stdout } = await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), "--namespace", NAMESPACE, ...words]);
  return stdout;
}

/** Creates a manifest without storing it; returns it as the API server would store it, or the text of its refusal. */
async function create(body: Tree): Promise<Tree | string> {
  const coordinates = { group: GROUP, version: VERSION, namespace: NAMESPACE, plural: PLURAL };
  try {
    const stored: unknown = await kubeConfig
      .makeApiClient(CustomObjectsApi)
      .createNamespacedCustomObject({ ...coordinates, body, dryRun: "All", fieldValidation: "Strict" });
    return isTree(stored) ? stored : "no object";
  } catch (error) {
    if (error instanceof ApiException) {
      return JSON.stringify(error.body).replaceAll("\\", "");
    }
    throw error;
  }
}

function parsed(raw: unknown): ScalableApp {
  const result = parseScalableApp(raw);
  if (!result.ok) {
    throw new Error(JSON.stringify(result.problems));
  }
  return result.app;
}

beforeAll(async () => {
  kubeConfig.loadFromFile(inject("kubeconfig"));
  folder = await mkdtemp(join(tmpdir(), "api-crd-"));
  await kubectl("create", "namespace", NAMESPACE);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the API server", () => {
  test.each(INVALID_MANIFESTS.filter(({ refusedBy }) => refusedBy === "api server"))("refuses $title", async (invalid) => {
    const refusal = await create(invalidManifest(invalid));
    expect(refusal).toEqual(expect.stringContaining(invalid.apiPath ?? invalid.path));
    expect(refusal).toEqual(expect.stringContaining(invalid.apiRemedy ?? invalid.remedy));
  });

  test.each(INVALID_MANIFESTS.filter(({ refusedBy }) => refusedBy === "parser"))(
    "accepts $title, which the parser refuses",
    async (invalid) => {
      const stored = await create(invalidManifest(invalid));
      expect(stored).toBeTypeOf("object");
      const result = parseScalableApp(stored);
      expect(result.ok ? [] : result.problems).toEqual([{ path: invalid.path, message: expect.stringContaining(invalid.remedy) }]);
    },
  );

  test.each(STAGES)("fills in no default that hides one of stage %s", async (stage) => {
    const raw = {
      ...MINIMAL_MANIFEST,
      spec: {
        ...FULL_SPEC,
        stage,
        web: { autoscaling: {} },
        redis: {},
        postgres: { urlFrom: { secretKeyRef: { name: "a", key: "b" } }, pooler: {} },
      },
    };
    const workers = [{ name: "streaming", command: ["work"], port: 4000 }];
    const withoutQueue = { ...raw, spec: { ...raw.spec, workers, sidecars: [], scheduling: {} } };
    expect(parsed(await create(withoutQueue)).spec).toEqual(parsed(withoutQueue).spec);
  });

  test("stores a manifest about as short as its author wrote it", async () => {
    const stored = await create(MINIMAL_MANIFEST);
    expect(isTree(stored) && isTree(stored["spec"]) ? Object.keys(stored["spec"]).toSorted() : stored).toEqual([
      "image",
      "imagePullPolicy",
      "postgres",
      "stage",
      "suspend",
    ]);
  });
});

test("an app that the operator has not seen yet counts as rolled out for nobody", async () => {
  expect(await create(MINIMAL_MANIFEST)).toMatchObject({ status: { observedGeneration: -1 } });
});

describe("kubectl", () => {
  const manifests: readonly (readonly [string, Tree])[] = [
    ["the smallest manifest", MINIMAL_MANIFEST],
    ["a manifest with every field", { ...MINIMAL_MANIFEST, metadata: { name: "full" }, spec: FULL_SPEC }],
  ];

  test.each(manifests)("applies %s, and changes nothing the second time", async (_title, manifest) => {
    const file = join(folder, "app.json");
    await writeFile(file, JSON.stringify(manifest));
    expect(await kubectl("apply", "-f", file)).toContain("created");
    expect(await kubectl("apply", "-f", file)).toContain("unchanged");
    await kubectl("delete", "-f", file);
  });

  test.for(globSync("examples/*/app.yaml", { cwd: REPOSITORY }))("applies %s, and changes nothing the second time", async (example) => {
    const file = join(folder, "example.yaml");
    const documents = parseAllDocuments(await readFile(join(REPOSITORY, example), "utf8"));
    for (const document of documents) {
      document.setIn(["metadata", "namespace"], NAMESPACE);
    }
    await writeFile(file, documents.map(String).join("---\n"));
    expect(await kubectl("apply", "-f", file)).toContain("created");
    const again = await kubectl("apply", "-f", file);
    expect(again).toContain("unchanged");
    expect(again).not.toContain("configured");
    await kubectl("delete", "-f", file);
  });

  test("explains a field with its default and bounds", async () => {
    const text = (await kubectl("explain", "scalableapp.spec.web.autoscaling", "--recursive=false")).replaceAll(/\s+/g, " ");
    expect(text).toContain("How the number of replicas follows the load.");
    expect(text).toContain("minReplicas <integer> The floor. Default: by stage (growth 2, steady 4");
    const port = (await kubectl("explain", "sapp.spec.web.port")).replaceAll(/\s+/g, " ");
    expect(port).toContain("Port that the app listens on; passed to it as the PORT variable. Default: 8080. From 1 to 65535.");
  });

  test("scales the web component through the scale subresource", async () => {
    const file = join(folder, "scale.json");
    await writeFile(file, JSON.stringify({ ...MINIMAL_MANIFEST, metadata: { name: "scaled" } }));
    await kubectl("apply", "-f", file);
    await kubectl("scale", "sapp/scaled", "--replicas=7");
    expect(await kubectl("get", "sapp", "scaled", "-o", "jsonpath={.spec.web.replicas}")).toBe("7");
    expect(parsed(JSON.parse(await kubectl("get", "sapp", "scaled", "-o", "json"))).spec.web).toMatchObject({ replicas: 7 });
    await kubectl("delete", "-f", file);
  });
});
