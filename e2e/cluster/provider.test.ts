import { describe, expect, test } from "vitest";
import { missingPackages } from "./host.ts";
import { chooseProvider } from "./provider.ts";
import type { ProviderProbes } from "./provider.ts";

function probes(answers: { kubeconfig?: string; docker?: boolean; podman?: boolean; installable?: boolean }): {
  probes: ProviderProbes;
  asked: string[];
} {
  const asked: string[] = [];
  const say = (name: string, answer = false) => (asked.push(name), answer);
  return {
    asked,
    probes: {
      kubeconfig: answers.kubeconfig,
      dockerAnswers: async () => say("docker", answers.docker),
      podmanAnswers: async () => say("podman", answers.podman),
      podmanInstallable: () => say("installable", answers.installable),
    },
  };
}

describe("the provider", () => {
  test("is the user's cluster before anything else, and then nothing is probed", async () => {
    const { probes: all, asked } = probes({ kubeconfig: "/some/kubeconfig", docker: true, podman: true });
    expect(await chooseProvider(all)).toEqual({ kind: "existing", kubeconfig: "/some/kubeconfig" });
    expect(asked).toEqual([]);
  });

  test("is docker where an engine answers", async () => {
    expect(await chooseProvider(probes({ docker: true, podman: true }).probes)).toEqual({ kind: "docker" });
  });

  test("is podman where docker is a client without an engine", async () => {
    const { probes: all, asked } = probes({ docker: false, podman: true });
    expect(await chooseProvider(all)).toEqual({ kind: "podman" });
    expect(asked).toEqual(["docker", "podman"]);
  });

  test("is podman where it can be installed", async () => {
    expect(await chooseProvider(probes({ installable: true }).probes)).toEqual({ kind: "podman" });
  });

  test("says what to do where there is none", async () => {
    await expect(chooseProvider(probes({}).probes)).rejects.toThrow(/start docker, or .* --kubeconfig/);
  });
});

describe("missing packages", () => {
  const packages = { podman: ["/usr/bin/podman"], netavark: ["/usr/lib/podman/netavark", "/usr/libexec/podman/netavark"] };

  test("are those of which no file is there", () => {
    expect(missingPackages(packages, (path) => path === "/usr/libexec/podman/netavark")).toEqual(["podman"]);
    expect(missingPackages(packages, () => true)).toEqual([]);
  });
});
