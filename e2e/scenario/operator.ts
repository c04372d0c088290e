import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { join } from "node:path";

const exec = promisify(execFile);

/** Where and with what the operator is installed. */
export interface Installation {
  readonly helm: string;
  readonly kubeconfig: string;
  readonly values?: readonly string[];
  /** Images that were loaded just now: a tag that did not change restarts nothing by itself. */
  readonly loaded?: readonly string[];
}

/** The namespace of the operator in scenarios. */
export const operatorNamespace = "scalable-app-system";

/** Installs or upgrades the operator from its chart, and waits until both replicas are ready. */
export async function installOperator({ helm, kubeconfig, values = [], loaded = [] }: Installation): Promise<void> {
  const chart = join(import.meta.dirname, "../../charts/scalable-app");
  const restart = loaded.some((image) => image.includes("/operator:")) ? [`podAnnotations.loadedAt=t${Date.now()}`] : [];
  const set = [...values, ...restart].flatMap((value) => ["--set", value]);
  const release = ["upgrade", "--install", "scalable-app", chart, "--kubeconfig", kubeconfig];
  const placement = ["--namespace", operatorNamespace, "--create-namespace", "--wait", "--timeout", "180s"];
  await exec(helm, [...release, ...placement, ...set]);
}
