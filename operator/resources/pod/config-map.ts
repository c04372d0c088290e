import type { V1EnvFromSource, V1EnvVar } from "@kubernetes/client-node";
import { RELEASE_LABEL } from "../../api/labels.ts";
import type { EffectiveSpec } from "../../api/scalable-app.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { environmentName } from "../names.ts";
import { stageEnvironment } from "./environment.ts";

/** The component label of the ConfigMap with variables. */
const environmentComponent = "environment";

/** Who has variables of `envFrom`. */
type Holder = Pick<EffectiveSpec, "envFrom">;

/**
 * The variables that a stage invents, for pods whose user gives variables by `envFrom`: Kubernetes lets `env` win over `envFrom`, and the
 * later of two `envFrom` over the earlier, so ours stand in a ConfigMap before the user's own. undefined where there are none such.
 */
export function buildEnvironmentConfigMap(identity: Identity): Manifest | undefined {
  const { metadata, spec } = identity.app;
  const holders: readonly Holder[] = [spec, spec.web, ...spec.workers, ...spec.schedules, ...(spec.migration ? [spec.migration] : [])];
  const variables = stageEnvironment(identity);
  if (variables.length === 0 || holders.every(({ envFrom }) => envFrom.length === 0)) return undefined;
  const { revision } = identity.context;
  const common = childMetadata(identity, environmentName(metadata.name, revision), environmentComponent);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...common, labels: { ...common.labels, [RELEASE_LABEL]: revision } },
    immutable: true,
    data: Object.fromEntries(variables.map(({ name, value = "" }) => [name, value])),
  };
}

/** Our variables and the sources of the user's, so that the user's win over what a stage invents. */
export function withSources(
  identity: Identity,
  contract: readonly V1EnvVar[],
  users: readonly V1EnvFromSource[],
): { readonly contract: readonly V1EnvVar[]; readonly envFrom: V1EnvFromSource[] } {
  const invented = new Set(stageEnvironment(identity).map(({ name }) => name));
  if (users.length === 0 || invented.size === 0) return { contract, envFrom: [...users] };
  const name = environmentName(identity.app.metadata.name, identity.context.revision);
  return { contract: contract.filter((variable) => !invented.has(variable.name)), envFrom: [{ configMapRef: { name } }, ...users] };
}
