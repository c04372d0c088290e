import type { V1JobSpec } from "@kubernetes/client-node";
import { RELEASE_LABEL } from "../../api/labels.ts";
import type { Migration } from "../../api/migration.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { migrationName } from "../names.ts";
import { ignoreDisruptions } from "../pod/failure-policy.ts";
import type { PodComponent } from "../pod/component.ts";
import { buildPodTemplate } from "../pod/template.ts";

/** The component label of the migration's pods. */
export const migrationComponent = "migration";
/** How often a failed migration is tried again: a database that restarts is common, a migration that heals itself is not. */
const retries = 2;

/** The Job that prepares the database for one release; undefined where the app has no migration. */
export function buildMigrationJob(identity: Identity): Manifest | undefined {
  const { app, context } = identity;
  const { migration } = app.spec;
  if (migration === undefined) return undefined;
  const metadata = childMetadata(identity, migrationName(app.metadata.name, context.revision), migrationComponent);
  const spec: V1JobSpec = {
    backoffLimit: retries,
    activeDeadlineSeconds: migration.deadlineSeconds,
    ...ignoreDisruptions(),
    template: buildPodTemplate(identity, component(migration)),
  };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...metadata, labels: { ...metadata.labels, [RELEASE_LABEL]: context.revision } },
    spec,
  };
}

function component(migration: Migration): PodComponent {
  return {
    name: migrationComponent,
    command: migration.command,
    args: migration.args,
    resources: migration.resources,
    database: "direct",
    extraContainers: false,
    pod: { restartPolicy: "Never" },
  };
}
