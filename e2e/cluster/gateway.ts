import { join } from "node:path";
import type { Kubectl } from "./addons.ts";
import type { Cluster } from "./cluster.ts";
import { engineOf } from "./cluster.ts";
import { podNodes } from "./images.ts";
import { step } from "./progress.ts";
import { loadProgramImage, traefikImage } from "./program-image.ts";
import { canReachDockerHub } from "./registry.ts";
import { gatewayApiCrds } from "./toolchain/toolchain.ts";

const manifests = join(import.meta.dirname, "addons/gateway.yaml");
const apply = ["apply", "--server-side", "--force-conflicts", "-f"];

/** The Gateway that installGateway() makes, and the Service through which it is reached. */
export const gateway = { name: "public", namespace: "edge", service: "traefik" } as const;

/** Puts Traefik's image onto the nodes, unless they can pull it themselves. */
async function provideImage({ name, provider }: Pick<Cluster, "name" | "provider">): Promise<void> {
  if (provider === "existing" || (await canReachDockerHub())) return;
  await loadProgramImage(await engineOf(provider), await podNodes(name), traefikImage);
}

/** Installs the CRDs of the Gateway API and Traefik with one Gateway for routes of all namespaces, and waits until it serves; does nothing again where it is there. */
export async function installGateway(cluster: Pick<Cluster, "name" | "provider">, kubectl: Kubectl): Promise<void> {
  await step("gateway: Traefik's image", () => provideImage(cluster));
  await step("gateway: CRDs, Traefik and its Gateway", async () => {
    const crds = await gatewayApiCrds();
    await kubectl([...apply, crds]);
    await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "-f", crds]);
    await kubectl([...apply, manifests]);
    const { name, namespace, service } = gateway;
    await kubectl(["-n", namespace, "rollout", "status", `deployment/${service}`, "--timeout=180s"]);
    await kubectl(["-n", namespace, "wait", `gateway/${name}`, "--for=condition=Programmed", "--timeout=60s"]);
  });
}
