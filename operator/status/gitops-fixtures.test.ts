import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { RELEASE_PHASES, type ScalableAppStatus } from "../api/status.ts";
import { appIn, gitOpsSituations } from "../testing/gitops-situations.ts";
import { expectGolden } from "../testing/golden.ts";

const folder = new URL("../../gitops/fixtures/", import.meta.url);
const situations = Object.entries(gitOpsSituations);

test.each(situations)("the fixture of an app in the situation %s is what the operator writes", (name, situation) => {
  expectGolden(new URL(`${name}.yaml`, folder), stringify(appIn(situation), { lineWidth: 0, aliasDuplicateObjects: false }));
});

test("no fixture is without its situation", () => {
  expect(readdirSync(folder).toSorted()).toEqual(situations.map(([name]) => `${name}.yaml`).toSorted());
});

test("every phase of a release has a fixture", () => {
  const phases = situations.map(([, situation]) => (appIn(situation)["status"] as ScalableAppStatus).release?.phase);
  expect(RELEASE_PHASES.filter((phase) => !phases.includes(phase))).toEqual([]);
});
