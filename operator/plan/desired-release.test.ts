import { expect, test } from "vitest";
import type { StoredRelease } from "../resources/release.ts";
import { computeRevision } from "../resources/revision.ts";
import { desiredRelease } from "./desired-release.ts";

const rawSpec = { image: "shop:1", envFrom: [{ configMapRef: { name: "settings" } }] };
const digests = { "configmap/settings": "one" };
const ofToday = computeRevision(rawSpec, digests);

/** A release as an operator stored it that had the digests of Secrets in the id. */
function storedWith(secret: string, number: number, spec: object = rawSpec): StoredRelease {
  const known = { ...digests, "secret/shop-db": secret };
  return { id: computeRevision(spec, known), number, digests: known, renderer: "0.0.9", children: [], copies: [] };
}

const [old, older] = [storedWith("two", 2), storedWith("one", 1)];

test("without a release of an earlier operator it is the spec and the ConfigMaps", () => {
  expect(desiredRelease({ rawSpec, status: undefined }, [], digests)).toBe(ofToday);
});

test("an upgraded operator recognizes the release of an unchanged spec, whatever its Secrets hold by now", () => {
  const status = { release: { phase: "Stable", stable: old.id } } as const;
  expect(old.id).not.toBe(ofToday);
  expect(desiredRelease({ rawSpec, status }, [older, old], digests)).toBe(old.id);
});

test.each([
  ["the candidate", { phase: "Canary", stable: "other", candidate: older.id } as const, older.id],
  ["the stable one", { phase: "Failed", stable: older.id } as const, older.id],
  ["the newest", { phase: "Stable", stable: "other" } as const, old.id],
])("of several that differ in Secrets alone it is %s", (_, release, expected) => {
  expect(desiredRelease({ rawSpec, status: { release } }, [older, old], digests)).toBe(expected);
});

test.each([
  ["another spec", { ...rawSpec, image: "shop:2" }, digests],
  ["another ConfigMap", rawSpec, { "configmap/settings": "two" }],
])("%s is a new release", (_, spec, found) => {
  const status = { release: { phase: "Stable", stable: old.id } } as const;
  expect(desiredRelease({ rawSpec: spec, status }, [older, old], found)).toBe(computeRevision(spec, found));
});
