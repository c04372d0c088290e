import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  clusterToolNames,
  goBuildArguments,
  goEnvironment,
  kubernetesVersion,
  recipeNamed,
  recipeOf,
  recipes,
  recipesFor,
  toolNames,
} from "./recipes.ts";

function goModOf(module: string): string {
  return readFileSync(join(import.meta.dirname, module, "go.mod"), "utf8");
}

describe("recipes", () => {
  test("provide every tool once", () => {
    expect(new Set(toolNames).size).toBe(toolNames.length);
  });

  test.each(recipes.map((recipe) => [recipe.name, recipe] as const))("%s builds only tools that its go.mod declares", (_name, recipe) => {
    const goMod = goModOf(recipe.module);
    for (const tool of recipe.tools) expect(goMod).toMatch(new RegExp(`^(tool |\\t)${tool.package}$`, "m"));
  });

  test("stamp the version of Kubernetes that the go.mod requires", () => {
    expect(goModOf("kubernetes")).toContain(`k8s.io/kubernetes ${kubernetesVersion}`);
    expect(recipeOf("kubelet").ldflags).toContain("k8s.io/component-base/version.gitMinor=36");
  });

  test("leave what only a Gateway, the benchmark or the GitOps stories need to them", () => {
    expect(toolNames.filter((name) => !clusterToolNames.includes(name))).toEqual(["traefik", "argo-rollouts", "argocd", "argocd-redis"]);
  });

  test("take the Gateway's CRDs in the version that Traefik is built with", () => {
    const [version] = /sigs\.k8s\.io\/gateway-api v[\d.]+/.exec(goModOf(recipeNamed("gateway-api").module)) ?? [];
    expect(goModOf("traefik")).toContain(`${version} // indirect`);
  });

  test("are chosen once each, in building order, whatever the order of the names", () => {
    const chosen = recipesFor(["kind", "kubectl", "etcd", "ctr", "containerd"]).map((recipe) => recipe.name);
    expect(chosen).toEqual(["control-plane", "containerd", "kind"]);
  });
});

describe("goBuildArguments", () => {
  test("strip, trim, tag and name the packages", () => {
    expect(goBuildArguments(recipeOf("runc"), "out")).toEqual([
      "build",
      "-v",
      "-trimpath",
      "-buildvcs=false",
      "-ldflags",
      "-s -w",
      "-tags",
      "seccomp",
      "-o",
      "out/",
      "github.com/opencontainers/runc",
    ]);
  });

  test("leave tags out where there are none", () => {
    expect(goBuildArguments(recipeOf("kind"), "out")).not.toContain("-tags");
  });
});

describe("goEnvironment", () => {
  test("keeps what is inherited but pins what changes the result", () => {
    const environment = goEnvironment(recipeOf("etcd"), { PATH: "/bin", GOFLAGS: "-race", GOTOOLCHAIN: "local", CGO_ENABLED: "1" });
    expect(environment).toMatchObject({ PATH: "/bin", GOFLAGS: "-mod=readonly", GOTOOLCHAIN: "auto", CGO_ENABLED: "0" });
  });

  test("allows C only where a recipe asks for it", () => {
    const withC = recipes.filter((recipe) => goEnvironment(recipe, {})["CGO_ENABLED"] === "1").map((recipe) => recipe.name);
    expect(withC).toEqual(["runc"]);
  });
});
