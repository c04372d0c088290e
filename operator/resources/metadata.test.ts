import { expect, test } from "vitest";
import { childOf, identityOf, podTemplateOf, treeAt } from "../testing/rendered.ts";
import { childMetadata, releasePodLabels, versionOf } from "./metadata.ts";

test("a child says what it is, whose it is and who removes it", () => {
  expect(childMetadata(identityOf(), "shop-web", "web")).toEqual({
    name: "shop-web",
    namespace: "retail",
    labels: {
      "app.kubernetes.io/name": "shop",
      "app.kubernetes.io/instance": "shop",
      "app.kubernetes.io/component": "web",
      "app.kubernetes.io/managed-by": "scalable-app",
      "app.kubernetes.io/part-of": "shop",
      "scalableapp.dev/app": "shop",
    },
    ownerReferences: [
      {
        apiVersion: "scalableapp.dev/v1alpha1",
        kind: "ScalableApp",
        name: "shop",
        uid: "uid-1",
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  });
});

test("the user's labels of pods never replace the operator's, even if the API let them through", () => {
  const identity = identityOf({ podMetadata: { labels: { team: "a" } } });
  Object.assign(identity.app.spec.podMetadata.labels, { "app.kubernetes.io/name": "other" });
  expect(releasePodLabels(identity, { name: "web" }, "acme/shop:2")).toMatchObject({
    team: "a",
    "app.kubernetes.io/name": "shop",
    "app.kubernetes.io/version": "2",
    "scalableapp.dev/release": "0a1b2c3d4e",
    "scalableapp.dev/track": "stable",
  });
});

test.each([
  ["acme/shop:1.4.2", "1.4.2"],
  ["registry.example.com:5000/acme/shop", "latest"],
  ["registry.example.com:5000/acme/shop:v2", "v2"],
  ["acme/shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "0123456789ab"],
  ["acme/shop:1.4@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "1.4"],
  ["acme/shop:_odd.", "odd"],
  [`acme/shop:${"a".repeat(62)}-${"b".repeat(40)}`, "a".repeat(62)],
])("the version of %s is a label: %s", (image, version) => {
  expect(versionOf(image)).toBe(version);
  expect(version).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/u);
});

test("labels and annotations of pods reach the template", () => {
  const spec = { podMetadata: { labels: { team: "a" }, annotations: { note: "b" } } };
  const { object } = childOf(spec, "web/deployment");
  expect(treeAt(podTemplateOf(object), "metadata")).toMatchObject({ labels: { team: "a" }, annotations: { note: "b" } });
});
