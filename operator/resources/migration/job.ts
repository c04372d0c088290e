import type { V1JobSpec } from "@kubernetes/client-node";
import { RELEASE_LABEL } from "../../api/labels.ts";
import type { Migration } from "../../api/migration.ts";
import type { Manifest } from "../manifest.ts";
import { childMetadata } from "../metadata.ts";
import type { Identity } from "../metadata.ts";
import { contractName, migrationName } from "../names.ts";
import { ignoreDisruptions } from "../pod/failure-policy.ts";
import { buildPodTemplate } from "../pod/template.ts";

/** The component label of the migration's pods. */
const migrationComponent = "migration";
/** The component label of the contract migration's pods. */
const contractComponent = "contract";

/** The Job that prepares the database for one release; undefined where the app has no migration. */
export function buildMigrationJob(identity: Identity): Manifest | undefined {
  const { app, context } = identity;
  const { migration } = app.spec;
  if (migration === undefined) return undefined;
  const name = migrationName(app.metadata.name, context.revision);
  return buildJob(identity, { ...migration, name, component: migrationComponent });
}

/** The Job that removes from the database what only releases before this one needed; undefined where the app has no such migration. */
export function buildContractJob(identity: Identity): Manifest | undefined {
  const { app, context } = identity;
  const { migration } = app.spec;
  if (migration?.contract === undefined) return undefined;
  const name = contractName(app.metadata.name, context.revision);
  return buildJob(identity, { ...migration, command: migration.contract.command, args: [], name, component: contractComponent });
}

type Command = Omit<Migration, "quiesce" | "contract"> & {
  readonly name: string;
  readonly component: string;
};

function buildJob(identity: Identity, migration: Command): Manifest {
  const { name, component, command, args, resources } = migration;
  const metadata = childMetadata(identity, name, component);
  const template = buildPodTemplate(identity, {
    name: component,
    group: "migration",
    settings: migration,
    command,
    args,
    resources,
    database: "direct",
    pod: { restartPolicy: "Never" },
  });
  const { retries: backoffLimit, deadlineSeconds: activeDeadlineSeconds } = migration;
  const spec: V1JobSpec = { backoffLimit, activeDeadlineSeconds, ...ignoreDisruptions(), template };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...metadata, labels: { ...metadata.labels, [RELEASE_LABEL]: identity.context.revision } },
    spec,
  };
}
