import type { Manifest } from "../manifest.ts";
import { RELEASE_LABEL } from "../../api/labels.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { pgbouncerName } from "../names.ts";
import { poolerConfig } from "./config.ts";
import { usesPooler } from "./pooler.ts";
import { startScript } from "./start-script.ts";

/** The pooler's settings and start script for one release; undefined where there is no pooler. It holds no credentials. */
export function buildPoolerConfigMap(identity: Identity): Manifest | undefined {
  const { metadata, spec } = identity.app;
  if (spec.postgres === undefined || !usesPooler(spec)) return undefined;
  const { revision } = identity.context;
  const common = childMetadata(identity, pgbouncerName(metadata.name, revision), "pgbouncer");
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...common, labels: { ...common.labels, [RELEASE_LABEL]: revision } },
    immutable: true,
    data: { "pgbouncer.ini": poolerConfig(spec.postgres), "start.sh": startScript },
  };
}
