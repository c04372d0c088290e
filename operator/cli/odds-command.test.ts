import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectGolden } from "../testing/golden.ts";
import { runCommandLine } from "./commands.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "cli-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function appWith(rollout: string): string {
  return `
apiVersion: scalableapp.dev/v1alpha1
kind: ScalableApp
metadata: {name: shop}
spec: {image: "ghcr.io/acme/shop:1", rollout: ${rollout}}
`;
}

/** Runs `odds` on a file of the given content. */
async function odds(content: string, ...words: readonly string[]): Promise<{ status: number; out: string; error: string }> {
  const file = join(directory, "app.yaml");
  writeFileSync(file, content);
  const written = { out: "", error: "" };
  const out = (text: string): void => {
    written.out += text;
  };
  const error = (text: string): void => {
    written.error += text;
  };
  const status = await runCommandLine(["odds", file, ...words], { out, error });
  return { status, ...written };
}

const at5 = ["--requests-per-second", "5"];
const few = ["--runs", "50"];

describe("golden output", () => {
  test.each([
    ["canary", "{strategy: canary}", [...at5, "--error-percent", "0.5,2,20", "--runs", "200"]],
    ["gate", "{strategy: canary, canary: {steps: [{weight: 10}], analysis: {dryRun: [latencyP99]}}}", [...at5, ...few]],
    [
      "quiet",
      "{strategy: canary, canary: {analysis: {onTooFewRequests: rollback, errorRatePercent: 2, probes: [{path: /login}]}}}",
      ["--requests-per-second", "0.2", ...few],
    ],
    ["rolling", "{strategy: rolling, bakeSeconds: 120}", [...at5, ...few]],
    ["blue-green", "{strategy: blueGreen, bakeSeconds: 0}", [...at5, ...few]],
  ])("%s", async (name, rollout, words) => {
    const { status, out, error } = await odds(appWith(rollout), ...words);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    expectGolden(new URL(`testdata/odds-${name}.txt`, import.meta.url), out);
  });
});

test("the same seed prints the same, another seed draws other releases", async () => {
  const app = appWith("{bakeSeconds: 600}");
  const words = ["--requests-per-second", "5", "--error-percent", "2", "--runs", "100"];
  const [one, same, other] = [
    await odds(app, ...words),
    await odds(app, ...words, "--seed", "1"),
    await odds(app, ...words, "--seed", "2"),
  ];
  expect(same.out).toBe(one.out);
  expect(other.out.replace("seed 2", "seed 1")).not.toBe(one.out);
});

test("prints every app of a file", async () => {
  const app = appWith("{bakeSeconds: 60}");
  const { out } = await odds(`${app}---${app.replace("name: shop", "name: other")}`, ...at5, "--error-percent", "20", "--runs", "10");
  expect(out).toMatch(/^shop: [\s\S]*\n\nother: /u);
});

describe("refuses, with what to change", () => {
  test.each([
    [
      "analysis that is off",
      "{canary: {analysis: {enabled: false}}}",
      "shop: nothing is judged, because rollout.canary.analysis.enabled is false\n",
    ],
    [
      "errors that are only shown",
      "{canary: {analysis: {dryRun: [errorRate]}}}",
      "shop: errors fail no release, because errorRate is in rollout.canary.analysis.dryRun\n",
    ],
    [
      "a rolling release that does not bake",
      "{strategy: rolling, bakeSeconds: 0}",
      "shop: nothing is judged, because a release of strategy rolling is judged while it bakes and rollout.bakeSeconds is 0\n",
    ],
  ])("%s", async (_, rollout, message) => {
    expect(await odds(appWith(rollout), ...at5)).toEqual({ status: 1, out: "", error: message });
  });

  test("an app that the operator would refuse", async () => {
    const { status, out, error } = await odds(appWith("{strategy: hope}"), ...at5);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(/^shop: spec\.rollout\.strategy /u);
  });

  test("a file that is not there, and one without an app", async () => {
    const written: string[] = [];
    const terminal = { out: () => undefined, error: (text: string) => void written.push(text) };
    expect(await runCommandLine(["odds", join(directory, "none.yaml"), ...at5], terminal)).toBe(1);
    expect(written.join("")).toMatch(/none\.yaml cannot be read: /u);
    expect((await odds("kind: Secret\n", ...at5)).error).toContain("holds no ScalableApp");
  });

  test.each([
    [[], "required option '--requests-per-second <number>' not specified"],
    [["--requests-per-second", "0"], "must be a number from 0.001 to 1000000"],
    [["--requests-per-second", "many"], "must be a number from 0.001 to 1000000"],
    [[...at5, "--error-percent", "1,,2"], "must be a number from 0 to 100"],
    [[...at5, "--error-percent", "120"], "must be a number from 0 to 100"],
    [[...at5, "--runs", "1.5"], "must be a whole number"],
    [[...at5, "--runs", "1000000"], "must be a number from 1 to 100000"],
    [[...at5, "--seed", "-1"], "must be a number from 0 to 4294967295"],
  ])("options %j", async (words, message) => {
    const { status, error } = await odds(appWith("{}"), ...words);
    expect(status).toBe(1);
    expect(error).toContain(message);
  });
});
