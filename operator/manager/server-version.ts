import { readTree } from "../base/read.ts";
import type { KubeClient } from "../kube/client.ts";

/** The oldest Kubernetes that is supported, as in README and in the chart's kubeVersion: the scale-in threshold of the autoscaler is on since then. */
export const OLDEST_KUBERNETES = { major: 1, minor: 35 } as const;

/** Milliseconds that the question may take; one that cannot be asked keeps nothing back. */
const patienceMs = 5_000;

/** What is wrong with the server's version, in a sentence; undefined where it is supported or says nothing that can be read. */
export function judgeServerVersion(answer: unknown): string | undefined {
  const { major, minor, gitVersion } = readTree(answer);
  const [found, foundMinor] = [leadingNumber(major), leadingNumber(minor)];
  if (found === undefined || foundMinor === undefined) return undefined;
  const oldest = OLDEST_KUBERNETES;
  if (found > oldest.major || (found === oldest.major && foundMinor >= oldest.minor)) return undefined;
  const name = typeof gitVersion === "string" ? gitVersion : `v${found}.${foundMinor}`;
  return `Kubernetes ${name} is too old: scalable-app needs ${oldest.major}.${oldest.minor} or newer. Upgrade the cluster`;
}

/** Asks the server for its version and judges it; where it does not answer, `onUnknown` hears why. */
export async function checkServerVersion(
  client: Pick<KubeClient, "getPath">,
  onUnknown: (error: unknown) => void,
): Promise<string | undefined> {
  try {
    return judgeServerVersion(await client.getPath("/version", AbortSignal.timeout(patienceMs)));
  } catch (error) {
    onUnknown(error);
    return undefined;
  }
}

/** Managed clusters write a minor version such as "36+". */
function leadingNumber(text: unknown): number | undefined {
  const digits = typeof text === "string" ? /^\d+/u.exec(text)?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}
