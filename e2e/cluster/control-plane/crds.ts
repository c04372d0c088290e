import { setTimeout } from "node:timers/promises";
import { run } from "../command.ts";

/** Installs the CRDs of these files and folders, and waits until the API server serves them. */
export async function installCrds(kubectl: string, kubeconfig: string, files: readonly string[]): Promise<void> {
  if (files.length === 0) return;
  const named = files.flatMap((file) => ["-f", file]);
  await run(kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", ...named]);
  await untilEstablished(async () =>
    run(kubectl, ["--kubeconfig", kubeconfig, "wait", "--for=condition=Established", "--timeout=60s", ...named]),
  );
}

/** kubectl wait fails at once on a CRD that has no status yet, so it is asked again until the API server has given it one. */
async function untilEstablished(wait: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await wait();
      return;
    } catch (error) {
      if (attempt >= 20) throw error;
      await setTimeout(100);
    }
  }
}
