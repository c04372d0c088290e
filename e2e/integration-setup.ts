import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startControlPlane } from "./cluster/index.ts";

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
  const controlPlane = await startControlPlane({ name: "integration", auditLog: true, crds: [crdFolder] });
  try {
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
