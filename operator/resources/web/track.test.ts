import { expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { childOf, containerOf, database, environmentOf, podTemplateOf, treeAt } from "../../testing/rendered.ts";
import { onTrack } from "./track.ts";

const spec: Tree = {
  stage: "scale",
  postgres: database,
  sidecars: [{ name: "agent", image: "agent:1", env: [{ name: "TRACK", value: "$(SCALABLEAPP_TRACK)" }] }],
};
const web = childOf(spec, "web/deployment").object;
const canary = childOf(spec, "web-canary/deployment", { stable: "stable", candidate: { release: "candidate", replicas: 1 } }).object;

test("a candidate is the web Deployment with another name, and a track of its own", () => {
  expect(canary.metadata).toEqual({ ...web.metadata, name: "shop-web-canary" });
  expect(treeAt(canary, "spec", "selector", "matchLabels")).toEqual({
    "scalableapp.dev/app": "shop",
    "app.kubernetes.io/component": "web",
    "scalableapp.dev/track": "canary",
  });
  expect(treeAt(canary, "spec", "template", "metadata", "labels")).toMatchObject(treeAt(canary, "spec", "selector", "matchLabels"));
});

test("the pods know that they are on trial, and spread among themselves", () => {
  for (const name of ["app", "agent"]) expect(environmentOf(containerOf(canary, name))["SCALABLEAPP_TRACK"]).toBe("canary");
  expect(JSON.stringify(canary["spec"])).toContain('"topologySpreadConstraints"');
});

test("in nothing else does it differ, so that what was tried is what is promoted", () => {
  const disguised = JSON.stringify(canary)
    .replaceAll('"scalableapp.dev/track":"canary"', '"scalableapp.dev/track":"stable"')
    .replaceAll('"name":"SCALABLEAPP_TRACK","value":"canary"', '"name":"SCALABLEAPP_TRACK","value":"stable"')
    .replace('"shop-web-canary"', '"shop-web"');
  expect(JSON.parse(disguised)).toEqual(web);
  expect(JSON.stringify(web)).not.toContain("canary");
});

test("a stored template of stable pods becomes that of the candidate's, and the other way round", () => {
  expect(onTrack(podTemplateOf(web), "canary")).toEqual(podTemplateOf(canary));
  expect(onTrack(podTemplateOf(canary), "stable")).toEqual(podTemplateOf(web));
});
