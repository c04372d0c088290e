import { expect, test } from "vitest";
import type { Tree } from "../base/tree.ts";
import { childrenOf } from "../testing/rendered.ts";
import { withPace } from "./pace.ts";

const rollout = { rolling: { batch: 2, settleSeconds: 30 } };
const webOf = (spec: Tree) => {
  const web = childrenOf(spec).find(({ role }) => role === "web/deployment");
  if (!web) throw new Error("no web");
  return web;
};
const rendered = { surge: 2, settleSeconds: 30 };
const back = { surge: 9, settleSeconds: 0 };
const pacedSpec = (spec: Tree, pace?: typeof rendered) => withPace(webOf(spec), rendered, pace).object["spec"] as Record<string, unknown>;

test("forward, a Deployment stays as it is rendered", () => {
  expect(pacedSpec({ rollout }, rendered)).toEqual(webOf({ rollout }).object["spec"]);
  expect(pacedSpec({ rollout })).toEqual(webOf({ rollout }).object["spec"]);
});

test("back, pods need not wait, and more are replaced at a time, but none goes before another is ready", () => {
  const spec = pacedSpec({ rollout }, back);
  expect(spec).not.toHaveProperty("minReadySeconds");
  expect(spec["strategy"]).toEqual({ type: "RollingUpdate", rollingUpdate: { maxSurge: 9, maxUnavailable: 0 } });
  expect(spec["template"]).toEqual((webOf({ rollout }).object["spec"] as Record<string, unknown>)["template"]);
});

test("what an overlay asks for stays", () => {
  const overlays = { web: { spec: { minReadySeconds: 4, strategy: { rollingUpdate: { maxSurge: 5 } } } } };
  const spec = pacedSpec({ rollout, overlays }, back);
  expect(spec).toMatchObject({ minReadySeconds: 4, strategy: { rollingUpdate: { maxSurge: 5 } } });
});

test("only Deployments have a pace", () => {
  const service = childrenOf({ rollout }).find(({ role }) => role === "web/service");
  expect(service && withPace(service, rendered, back)).toBe(service);
});
