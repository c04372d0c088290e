import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createKubeClient } from "../kube/client.ts";
import { sendJson, startFakeApiServer } from "../kube/testing/fake-api-server.ts";
import { checkServerVersion, judgeServerVersion, OLDEST_KUBERNETES } from "./server-version.ts";

const { major, minor } = OLDEST_KUBERNETES;

test.each([
  ["1", "34", "v1.34.9", "Kubernetes v1.34.9 is too old: scalable-app needs 1.35 or newer. Upgrade the cluster"],
  ["1", "34+", "v1.34.2-gke.7", "Kubernetes v1.34.2-gke.7 is too old: scalable-app needs 1.35 or newer. Upgrade the cluster"],
  ["1", "9", undefined, "Kubernetes v1.9 is too old: scalable-app needs 1.35 or newer. Upgrade the cluster"],
  ["1", "35", "v1.35.0", undefined],
  ["1", "36+", "v1.36.1-eks-1", undefined],
  ["2", "0", "v2.0.0", undefined],
  ["", "", "v0.0.0-master+$Format:%H$", undefined],
])("a server of version %s.%s (%s)", (servedMajor, servedMinor, gitVersion, expected) => {
  expect(judgeServerVersion({ major: servedMinor === "" ? "" : servedMajor, minor: servedMinor, gitVersion })).toBe(expected);
});

test.each([undefined, null, "1.35", []])("an answer that is no version says nothing: %o", (answer) => {
  expect(judgeServerVersion(answer)).toBeUndefined();
});

test("the version is asked of the server; one that gives none is reported and keeps nothing back", async () => {
  const server = await startFakeApiServer();
  const client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "test/1" });
  const unknown: unknown[] = [];
  const check = async () => checkServerVersion(client, (error) => unknown.push(error));
  server.handle((_request, response) => sendJson(response, 200, { major: "1", minor: "31", gitVersion: "v1.31.4" }));
  expect(await check()).toContain("Kubernetes v1.31.4 is too old");
  expect(unknown).toEqual([]);
  server.handle((_request, response) => sendJson(response, 403, { kind: "Status", code: 403, reason: "Forbidden", message: "no" }));
  expect(await check()).toBeUndefined();
  expect(unknown).toHaveLength(1);
  await client.close();
  await server.close();
});

test("README and chart name the same version", () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  expect(read("README.md")).toContain(`Kubernetes ${major}.${minor} or newer`);
  expect(read("charts/scalable-app/Chart.yaml")).toContain(`kubeVersion: ">=${major}.${minor}.0-0"`);
});
