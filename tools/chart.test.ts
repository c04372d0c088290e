import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

import { COMPONENT_LABEL, MANAGED_BY, MANAGED_BY_LABEL, RELEASE_LABEL } from "../operator/api/labels.ts";
import { permissions } from "../operator/manager/permissions.ts";
import { generate } from "./generators/chart.ts";
import { renderDefinition } from "./generators/chart/custom-resource-definition.ts";
import { buildSchema } from "./generators/chart/schema.ts";
import type { SchemaNode } from "./generators/chart/schema.ts";
import { chartValues } from "./generators/chart/values.ts";

const repository = join(import.meta.dirname, "..");
const chart = join(repository, "charts/scalable-app");

async function read(path: string): Promise<string> {
  return readFile(join(repository, path), "utf8");
}

async function ciValues(): Promise<readonly string[]> {
  return (await readdir(join(chart, "ci"))).filter((name) => name.endsWith("-values.yaml")).toSorted();
}

function leaves(schema: SchemaNode, prefix = ""): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    child.properties === undefined ? [`${prefix}${name}`] : leaves(child, `${prefix}${name}.`),
  );
}

function keys(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, child]) => [`${prefix}${name}`, ...keys(child, `${prefix}${name}.`)]);
}

describe("the chart's generated files", () => {
  test("are fresh", async () => {
    for (const { path, content } of await generate()) {
      expect((await read(path)) === content, `${path} is stale: run make generate`).toBe(true);
    }
  });

  test("have defaults in values.yaml that are the schema's", async () => {
    expect(parse(await read("charts/scalable-app/values.yaml"))).toEqual(chartValues.parse({}));
  });

  test("describe every value, in the schema and in the README", async () => {
    const readme = await read("charts/scalable-app/README.md");
    for (const leaf of leaves(buildSchema()).filter((name) => name !== "global")) expect(readme).toContain(`| \`${leaf}\` |`);
    const described = z.toJSONSchema(chartValues, { io: "input" });
    expect(described.properties?.["replicas"]).toMatchObject({ description: expect.stringContaining("Copies") });
  });

  test("allow no value that the schema does not know, at any depth", async () => {
    const text = await read("charts/scalable-app/values.schema.json");
    const open: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      if ("properties" in node && !("additionalProperties" in node && node.additionalProperties === false)) open.push(path);
      for (const [name, child] of Object.entries(node)) visit(child, `${path}/${name}`);
    };
    visit(JSON.parse(text), "");
    expect(open).toEqual([]);
  });

  test("name the same version as the package", async () => {
    const { version }: { version?: unknown } = z.looseObject({}).parse(JSON.parse(await read("package.json")));
    expect(parse(await read("charts/scalable-app/Chart.yaml"))).toMatchObject({ version, appVersion: version });
  });

  test("let the operator reach web pods by labels that these carry, for canaries are judged by their metrics", async () => {
    const policy = await read("charts/scalable-app/templates/operator/network-policy.yaml");
    const labels = [`${MANAGED_BY_LABEL}: ${MANAGED_BY}`, `${COMPONENT_LABEL}: web`];
    for (const label of labels) expect(policy).toContain(label);
  });

  test("let the operator reach workers, which say how many jobs they work on, and no Redis or migration", async () => {
    const policy = await read("charts/scalable-app/templates/operator/network-policy.yaml");
    expect(policy).toContain(`- key: ${RELEASE_LABEL}\n                operator: Exists`);
    expect(policy).toContain("operator: NotIn\n                values: [web, migration, redis-cache, redis-queue]");
  });

  test("hold every right of the table and no wildcard", async () => {
    const rules = await read("charts/scalable-app/templates/rbac/_rules.tpl");
    expect(rules).not.toContain('"*"');
    for (const { resource, verbs } of permissions) {
      expect(rules).toContain(`resources: ["${resource}"]`);
      expect(rules).toContain(`verbs: [${verbs.map((verb) => `"${verb}"`).join(", ")}]`);
    }
    expect(rules.match(/- apiGroups/g)).toHaveLength(permissions.length);
  });
});

describe("the chart's values for tests", () => {
  test("cover the four ways to install", async () => {
    expect(await ciValues()).toEqual(["default-values.yaml", "everything-values.yaml", "minimal-values.yaml", "namespaced-values.yaml"]);
  });

  test("are accepted by the schema", async () => {
    for (const name of await ciValues()) {
      expect([name, chartValues.safeParse(parse(await readFile(join(chart, "ci", name), "utf8"))).error]).toEqual([name, undefined]);
    }
  });

  test("set every value in one of them, so that no line of a template goes unrendered", async () => {
    const set = new Set<string>();
    for (const name of await ciValues()) {
      for (const key of keys(parse(await readFile(join(chart, "ci", name), "utf8")))) set.add(key);
    }
    expect(leaves(buildSchema()).filter((leaf) => leaf !== "global" && !set.has(leaf))).toEqual([]);
  });

  test.each([
    { replica: 2 },
    { replicas: 0 },
    { image: { tags: "x" } },
    { image: { digest: "latest" } },
    { secretAccess: "list" },
    { watchNamespaces: ["UPPER"] },
    { watchNamespaces: "shop" },
    { metrics: { serviceMonitor: { interval: "often" } } },
    { networkPolicy: { apiServerPorts: [] } },
    { podLabels: { a: 1 } },
  ])("%j is refused", (values) => {
    expect(chartValues.safeParse(values).success).toBe(false);
  });
});

describe("the definition as a template", () => {
  const source = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.com
  annotations: {note: "{{ x }}"}
spec:
  description: "say {{ .Values.x }} or {{- y -}}"
`;

  test("prints braces instead of running them", () => {
    const template = renderDefinition(source);
    const printed = template.replaceAll('{{ "{{" }}', "<open>");
    expect(printed).toContain("say <open> .Values.x }} or <open>- y -}}");
    expect(printed).toContain('note: "<open> x }}"');
  });

  test("keeps its own annotations beside the keep policy", () => {
    const template = renderDefinition(source);
    expect(template.match(/annotations:/g)).toHaveLength(1);
    expect(template).toContain("helm.sh/resource-policy: keep");
  });

  test("refuses what is no definition", () => {
    expect(() => renderDefinition("kind: Pod")).toThrow("CustomResourceDefinition");
  });
});
