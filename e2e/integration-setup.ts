import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { execa } from "execa";
import type { TestProject } from "vitest/node";
import { type ControlPlane, startControlPlane } from "./cluster/index.ts";

declare module "vitest" {
  /** What `inject(...)` gives to integration tests of the control plane that they share. */
  export interface ProvidedContext {
    /** Path of the kubeconfig of a user who may do everything; also in process.env.KUBECONFIG. */
    kubeconfig: string;
    /** Path of the kubeconfig of the user "operator", who may do only what a test grants to that name by RBAC. */
    operatorKubeconfig: string;
    /** Path of the kubeconfig of the user "viewer", who may do only what a test grants to that name by RBAC. */
    viewerKubeconfig: string;
    /** Path of the API server's audit log, for `readAuditLog`. */
    auditLog: string;
    /** Path of kubectl. */
    kubectl: string;
  }
}

const crdFolder = join(import.meta.dirname, "../crds");

/** Starts the one control plane that all integration tests share (each in namespaces of its own) and installs our CRDs; returns the teardown. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started = Date.now();
  const controlPlane = await startControlPlane({ name: "integration", auditLog: true });
  try {
    await installCrds(controlPlane);
    process.env["KUBECONFIG"] = controlPlane.kubeconfig;
    project.provide("kubeconfig", controlPlane.kubeconfig);
    project.provide("operatorKubeconfig", await controlPlane.kubeconfigFor("operator"));
    project.provide("viewerKubeconfig", await controlPlane.kubeconfigFor("viewer"));
    project.provide("auditLog", controlPlane.auditLog);
    project.provide("kubectl", controlPlane.kubectl);
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  console.log(`control plane ready in ${((Date.now() - started) / 1000).toFixed(1)} s at ${controlPlane.server}`);
  return () => controlPlane.stop();
}

async function installCrds({ kubectl, kubeconfig }: ControlPlane): Promise<void> {
  const names = (await readdir(crdFolder).catch(() => [])).filter((name) => name.endsWith(".yaml"));
  if (names.length === 0) return;
  const files = names.flatMap((name) => ["-f", join(crdFolder, name)]);
  await execa(kubectl, ["--kubeconfig", kubeconfig, "apply", "--server-side", ...files]);
  await waitEstablished(
    async () => void (await execa(kubectl, ["--kubeconfig", kubeconfig, "wait", "--for=condition=Established", "--timeout=60s", ...files])),
  );
}

/** kubectl wait fails at once on a CRD that has no status yet, so it is asked again until the API server has given it one. */
async function waitEstablished(wait: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await wait();
    } catch (error) {
      if (attempt >= 20) throw error;
      await setTimeout(100);
    }
  }
}
