import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { parseScalableApp } from "../api/parse.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import { expectGolden } from "../testing/golden.ts";
import { testRevision } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import type { Child } from "./children.ts";
import { defaultImages } from "./images.ts";
import { withoutEmpty } from "./manifest.ts";
import { ownerReference } from "./metadata.ts";
import { childrenToYaml } from "./yaml.ts";

const testdata = new URL("testdata/", import.meta.url);
const names = readdirSync(testdata)
  .filter((file) => file.endsWith(".app.yaml"))
  .map((file) => file.replace(".app.yaml", ""));

function appOf(name: string): ScalableApp {
  const result = parseScalableApp(parse(readFileSync(new URL(`${name}.app.yaml`, testdata), "utf8")));
  if (result.ok) return result.app;
  throw new Error(JSON.stringify(result.problems));
}

function childrenOf(name: string): readonly Child[] {
  const app = appOf(name);
  return buildChildren(app, { revision: testRevision, digests: {}, images: defaultImages, owner: ownerReference(app.metadata) });
}

test("there are apps to render", () => {
  expect(names).toEqual(["bare", "components", "everything", "external", "minimal", "suspended"]);
});

describe.each(names)("the children of %s", (name) => {
  const children = childrenOf(name);

  test("are as they were when somebody last looked at them", () => {
    expectGolden(new URL(`${name}.rendered.yaml`, testdata), childrenToYaml(children));
  });

  test("are the same again", () => {
    expect(childrenToYaml(childrenOf(name))).toBe(childrenToYaml(children));
  });

  test("each have a role and a name of their own", () => {
    expect(new Set(children.map(({ role }) => role)).size).toBe(children.length);
    expect(new Set(children.map(({ object }) => `${object.kind}/${object.metadata.name}`)).size).toBe(children.length);
  });

  test("are all in the app's namespace and owned by it", () => {
    const { metadata } = appOf(name);
    for (const { object } of children) {
      expect(object.metadata).toMatchObject({
        namespace: metadata.namespace,
        labels: { "scalableapp.dev/app": metadata.name, "app.kubernetes.io/managed-by": "scalable-app" },
        ownerReferences: [{ uid: metadata.uid, controller: true }],
      });
    }
  });

  test("hold nothing empty and nothing undefined", () => {
    for (const { object } of children) expect(withoutEmpty(object)).toStrictEqual(object);
  });

  test("come in waves: what pods need, the migration, the pods", () => {
    const waves = children.map(({ wave }) => wave);
    expect(waves).toEqual(waves.toSorted((one, other) => one - other));
    for (const { role, podBearing, wave } of children) {
      expect([role, podBearing], role).toEqual([role, /^(web\/deployment|worker-.*\/deployment|schedule-.*)$/u.test(role)]);
      if (podBearing) expect(wave).toBe(2);
    }
  });

  test("leave the number of replicas of Deployments to another field manager", () => {
    const deployments = children.filter(({ object }) => object.kind === "Deployment");
    for (const { object, replicas } of deployments) {
      expect(object).not.toHaveProperty("spec.replicas");
      expect(replicas).toBeDefined();
    }
    expect(children.filter(({ replicas }) => replicas !== undefined)).toEqual(deployments);
  });
});
