import type { Manifest } from "./manifest.ts";
import { childMetadata } from "./metadata.ts";
import type { Identity } from "./metadata.ts";
import { serviceAccountName } from "./names.ts";

/** The identity of the pods, without a token; undefined where the user names an existing one. */
export function buildServiceAccount(identity: Identity): Manifest | undefined {
  const { serviceAccount } = identity.app.spec;
  if (serviceAccount.name !== undefined) return undefined;
  const metadata = childMetadata(identity, serviceAccountName(identity.app.metadata.name), "service-account");
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { ...metadata, annotations: serviceAccount.annotations },
    automountServiceAccountToken: false,
  };
}
