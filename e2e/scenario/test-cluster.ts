import { inject } from "vitest";
import { Kubectl } from "./kubectl.ts";

/** The cluster that the setup of the e2e tests has prepared, with the operator installed. */
export function testCluster(): { readonly kubectl: Kubectl; readonly kubeconfig: string; readonly helm: string } {
  const kubeconfig = inject("kubeconfig");
  return { kubectl: new Kubectl(inject("kubectl"), kubeconfig), kubeconfig, helm: inject("helm") };
}
