import type { TestProject } from "vitest/node";
import { type Cluster, deleteCluster, ensureCluster, loadImages, note, step } from "./cluster/index.ts";
import { scenarioImages } from "./images/catalogue.ts";
import { Kubectl } from "./scenario/kubectl.ts";
import { installOperator, restartOperator } from "./scenario/operator.ts";

declare module "vitest" {
  /** What `inject(...)` gives to tests on the real cluster that they share. */
  export interface ProvidedContext {
    /** Path of the kubeconfig of a user who may do everything; also in process.env.KUBECONFIG. */
    kubeconfig: string;
    /** Path of kubectl. */
    kubectl: string;
    /** Path of helm. */
    helm: string;
    /** Name of the cluster, and who runs it. */
    cluster: { readonly name: string; readonly provider: Cluster["provider"] };
    /** The address of each node by its name, reachable from this host. */
    nodeAddresses: Record<string, string>;
  }
}

/** Starts the shared cluster with every image on its nodes and the operator installed; the teardown deletes it unless KEEP_CLUSTER=1 or it was given by E2E_KUBECONFIG. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await ensureCluster();
  const loaded = cluster.provider === "existing" ? [] : await loadImages(scenarioImages, cluster.name);
  await step("install the operator from its chart", async () =>
    installOperator({ helm: cluster.tools.helm, kubeconfig: cluster.kubeconfig, loaded }),
  );
  // Another image of the same tag is no change of the chart's, and the pods of an earlier run would go on with the old one.
  if (loaded.some((image) => image.includes("/operator:"))) {
    await restartOperator(new Kubectl(cluster.tools.kubectl, cluster.kubeconfig));
  }
  process.env["KUBECONFIG"] = cluster.kubeconfig;
  project.provide("kubeconfig", cluster.kubeconfig);
  project.provide("kubectl", cluster.tools.kubectl);
  project.provide("helm", cluster.tools.helm);
  project.provide("cluster", { name: cluster.name, provider: cluster.provider });
  project.provide("nodeAddresses", { ...cluster.nodeAddresses });
  return async () => {
    if (cluster.provider === "existing") return;
    if (process.env["KEEP_CLUSTER"] === "1") note(`the cluster ${cluster.name} is kept (KEEP_CLUSTER=1): make cluster-down deletes it`);
    else note(`removed ${(await deleteCluster(cluster.name)).join(", ")}`);
  };
}
