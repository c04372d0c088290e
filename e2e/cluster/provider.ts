import { run, succeeds } from "./command.ts";
import { canInstall, enginePackages, missingPackages } from "./host.ts";

/** Where the cluster comes from: one that exists already, or kind with docker or podman. */
export type Provider =
  { readonly kind: "existing"; readonly kubeconfig: string } | { readonly kind: "docker" } | { readonly kind: "podman" };

/** The questions that decide the provider; injected, so that the order can be tested without any engine. */
export type ProviderProbes = {
  /** The path that the user gave, by flag or by E2E_KUBECONFIG. */
  readonly kubeconfig: string | undefined;
  /** Whether a docker engine answers; a client on PATH alone does not count. */
  readonly dockerAnswers: () => Promise<boolean>;
  /** Whether podman can run containers as this user. */
  readonly podmanAnswers: () => Promise<boolean>;
  /** Whether podman could be installed. */
  readonly podmanInstallable: () => boolean;
};

/** Chooses the provider: the user's cluster, docker, podman, podman after installing it; throws with what to do where none is possible. */
export async function chooseProvider(probes: ProviderProbes): Promise<Provider> {
  if (probes.kubeconfig) return { kind: "existing", kubeconfig: probes.kubeconfig };
  if (await probes.dockerAnswers()) return { kind: "docker" };
  if ((await probes.podmanAnswers()) || probes.podmanInstallable()) return { kind: "podman" };
  throw new Error(
    "no cluster can be started here: start docker, or run as root on Debian so that podman can be installed, or name a cluster by --kubeconfig or E2E_KUBECONFIG",
  );
}

/** The probes of this machine. */
export function machineProbes(kubeconfig: string | undefined): ProviderProbes {
  return {
    kubeconfig: kubeconfig || process.env["E2E_KUBECONFIG"] || undefined,
    dockerAnswers: () => succeeds("docker", ["info"], { timeoutMs: 10_000 }),
    async podmanAnswers() {
      // rootless podman cannot give kind's nodes the cgroups they need on every host: only root is supported
      if (process.getuid?.() !== 0 || missingPackages(enginePackages).length > 0) return false;
      return run("podman", ["--version"], { timeoutMs: 10_000 }).then(
        () => true,
        () => false,
      );
    },
    podmanInstallable: canInstall,
  };
}
