import { z } from "zod";
import { seconds } from "./duration.ts";
import { RESERVED_PREFIX } from "./labels.ts";
import { membership } from "./membership.ts";
import { bytes } from "./quantity.ts";
import { localReferenceSchema } from "./reference.ts";
import { celList, celValue, exactlyOne, withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import {
  OBJECT_NAME,
  annotationMap,
  dnsLabel,
  integer,
  labelMap,
  list,
  matching,
  mountPath,
  objectName,
  labelValue,
  qualifiedName,
  setOf,
} from "./text.ts";

/** One ConfigMap or Secret mounted read-only. */
export const fileMountSchema = withRules(
  z.strictObject({
    path: mountPath().describe("Directory to mount it on."),
    configMapRef: localReferenceSchema.optional().describe("The ConfigMap whose keys become files."),
    secretRef: localReferenceSchema.optional().describe("The Secret whose keys become files."),
  }),
  [exactlyOne(["configMapRef", "secretRef"])],
);

/** The identity of the pods. */
export const serviceAccountSchema = withRules(
  z.strictObject({
    name: objectName()
      .optional()
      .describe("An existing ServiceAccount to use. Default: one is created, named like the app, without a token in the pods."),
    annotations: annotationMap(4096).default({}).describe("Annotations of the created ServiceAccount, such as a cloud identity."),
  }),
  [
    {
      cel: "!has(self.name) || !has(self.annotations) || self.annotations.size() == 0",
      holds: (account) => account.name === undefined || Object.keys(account.annotations).length === 0,
      message: "belong to the ServiceAccount that is created: remove them, or remove `name`",
      field: "annotations",
    },
  ],
);

function processId() {
  return integer(0, 2_147_483_647).nullable().default(1000);
}

/** What the containers may do; everything else of the restricted pod security standard always holds. */
export const podSecuritySchema = z.strictObject({
  runAsUser: processId().describe(
    "User id of the processes. 0 (root) leaves the restricted standard, which a condition reports. null: the platform's choice, or the image's, for the operator's own containers too.",
  ),
  runAsGroup: processId().describe("Group id of the processes. null: the platform's choice, for the operator's own containers too."),
  fsGroup: processId().describe("Group id that owns mounted volumes. null: the platform's choice, for the operator's own pods too."),
  readOnlyRootFilesystem: z
    .boolean()
    .default(true)
    .describe("Whether the root file system is read-only; `scratch` names the writable directories. false is reported by a condition."),
});

const RESERVED_PREFIXES = [RESERVED_PREFIX, "app.kubernetes.io/"];
/** Labels that Kubernetes itself writes and selects by. */
const KUBERNETES_LABELS = [
  "pod-template-hash",
  "controller-revision-hash",
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
  "batch.kubernetes.io/job-completion-index",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
];

const noKubernetesLabels: Rule<{ readonly labels: Readonly<Record<string, string>> }> = {
  cel: `!has(self.labels) || !self.labels.exists(key, key in ${celList(KUBERNETES_LABELS)})`,
  holds: ({ labels }) => !KUBERNETES_LABELS.some((key) => labels[key] !== undefined),
  message: `must not hold labels that Kubernetes itself sets: remove ${KUBERNETES_LABELS.slice(0, 4).join(", ")} and the like`,
  field: "labels",
};

function noReservedKeys(
  field: "labels" | "annotations",
): Rule<Readonly<Record<"labels" | "annotations", Readonly<Record<string, string>>>>> {
  return {
    cel: `!has(self.${field}) || self.${field}.all(key, ${RESERVED_PREFIXES.map((prefix) => `!key.startsWith('${prefix}')`).join(" && ")})`,
    holds: (metadata) => Object.keys(metadata[field]).every((key) => !RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix))),
    message: `must not begin with ${RESERVED_PREFIXES.join(" or ")}, which the operator sets: choose another prefix`,
    field,
  };
}

/** Labels and annotations added to every pod of the app. */
export const podMetadataSchema = withRules(
  z.strictObject({
    labels: labelMap().default({}).describe("Labels. Those of the operator cannot be replaced."),
    annotations: annotationMap(16_384).default({}).describe("Annotations. Those of the operator cannot be replaced."),
  }),
  [noReservedKeys("labels"), noReservedKeys("annotations"), noKubernetesLabels],
);

const tolerationFields = z.strictObject({
  key: qualifiedName().optional().describe("Key of the taint. Default: every key."),
  operator: z.enum(["Exists", "Equal"]).default("Equal").describe("How the value is compared."),
  value: labelValue().optional().describe("Value of the taint; only with operator Equal."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Effect of the taint. Default: every effect."),
  tolerationSeconds: seconds(0, 31_536_000).optional().describe("Seconds to stay on a node with a NoExecute taint. Default: for ever."),
});

const OPERATOR_CEL = celValue("operator", "Equal");

const tolerationSchema = withRules(tolerationFields, [
  {
    cel: `has(self.key) || ${OPERATOR_CEL} == 'Exists'`,
    holds: ({ key, operator }) => key !== undefined || operator === "Exists",
    message: "is needed for every taint there is: write operator: Exists, or name the key",
    field: "operator",
  },
  {
    cel: `${OPERATOR_CEL} != 'Exists' || !has(self.value) || self.value == ''`,
    holds: ({ value, operator }) => operator !== "Exists" || value === undefined || value === "",
    message: "is not compared by operator Exists: remove it, or write operator: Equal",
    field: "value",
  },
  {
    cel: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    holds: ({ tolerationSeconds, effect }) => tolerationSeconds === undefined || effect === "NoExecute",
    message: "needs effect: NoExecute, the only effect that evicts: write it, or remove tolerationSeconds",
    field: "tolerationSeconds",
  },
]);

function priorityClass() {
  return z
    .string()
    .max(253)
    .regex(new RegExp(`^(${OBJECT_NAME.source.slice(1, -1)})?$`), "must be the name of a PriorityClass")
    .meta({ patternMessage: "must be the name of a PriorityClass" });
}

function spreadOver() {
  return setOf(z.enum(["hosts", "zones"]), 2);
}

/** Where the pods run. */
export const schedulingSchema = z.strictObject({
  nodeSelector: labelMap().default({}).describe("Labels that a node must have."),
  tolerations: list(tolerationSchema, 50).default([]).describe("Taints that the pods tolerate."),
  priorityClassName: priorityClass().default("").describe("PriorityClass of the pods. Empty: the cluster's default."),
  spread: spreadOver()
    .default([])
    .describe(
      "Over what to spread the replicas of a component. Default: by stage (mvp: nothing, growth and steady: hosts, scale and above: hosts and zones).",
    ),
});

/** Where the pods of one component run; each field that is given replaces that of the app. */
export const componentSchedulingSchema = z.strictObject({
  nodeSelector: labelMap().optional().describe("Labels that a node must have. Default: those of spec.scheduling."),
  tolerations: list(tolerationSchema, 50).optional().describe("Taints that the pods tolerate. Default: those of spec.scheduling."),
  priorityClassName: priorityClass().optional().describe("PriorityClass of the pods. Default: that of spec.scheduling."),
  spread: spreadOver().optional().describe("Over what to spread the replicas. Default: as spec.scheduling."),
});

const volumeFields = z.strictObject({
  name: dnsLabel(40).describe("Name of the volume, unique within the app."),
  claimName: objectName()
    .optional()
    .describe("An existing PersistentVolumeClaim; pods on several nodes need one with the access mode ReadWriteMany (or ReadOnlyMany)."),
  storage: bytes("1Mi")
    .optional()
    .describe(
      "Size of a volume that the operator provides, in bytes, instead of claimName: the PersistentVolumeClaim <app>-volume-<name>. It outlives the app and this entry, and an app of the same name uses it again; to be rid of it, delete it yourself. It can grow where its StorageClass allows that, and never shrinks.",
    ),
  storageClassName: objectName()
    .optional()
    .describe(
      "StorageClass of the volume that the operator provides; it cannot change once the claim exists. Default: the cluster's default.",
    ),
  accessModes: setOf(z.enum(["ReadWriteMany", "ReadWriteOnce"]), 2)
    .optional()
    .describe(
      "Access modes of the volume that the operator provides; they cannot change once the claim exists. ReadWriteMany (default): pods on any node, which needs a StorageClass of a shared file system (NFS, CephFS, EFS, Filestore, Azure Files). ReadWriteOnce: one node at a time, so that all pods that mount it must run on that node; others stay Pending or without their volume, in a rolling release too.",
    ),
  path: mountPath().describe("Directory to mount it on."),
  readOnly: z.boolean().default(false).describe("Whether it is mounted read-only."),
  components: membership(["web", "workers", "schedules"]),
});

const PROVIDED_FIELDS = ["storageClassName", "accessModes"] as const;

function providedOnly(field: (typeof PROVIDED_FIELDS)[number]): Rule<Partial<Readonly<Record<string, unknown>>>> {
  return {
    cel: `!has(self.${field}) || has(self.storage)`,
    holds: (volume) => volume[field] === undefined || volume["storage"] !== undefined,
    message: "belongs to a volume that the operator provides: give storage instead of claimName, or remove it",
    field,
  };
}

/** A PersistentVolumeClaim that pods of several components share: an existing one, or one that the operator provides. */
export const volumeSchema = withRules(volumeFields, [exactlyOne(["claimName", "storage"]), ...PROVIDED_FIELDS.map(providedOnly)]);

/** The list of directories that are writable. */
export function scratchPaths() {
  return setOf(matching(1024, /^\/[^\s:]+$/, "must be an absolute path other than '/': begin with '/' and hold no spaces or ':'"), 20);
}

/** Where the pods run. */
export type Scheduling = z.output<typeof schedulingSchema>;
/** A volume that pods of several components share. */
export type Volume = z.output<typeof volumeSchema>;
/** A volume that the operator provides. */
export type OwnVolume = Volume & { readonly storage: string };

/** The volumes whose claims the operator makes. */
export function ownVolumes({ volumes }: { readonly volumes: readonly Volume[] }): readonly OwnVolume[] {
  return volumes.flatMap((volume) => (volume.storage === undefined ? [] : [{ ...volume, storage: volume.storage }]));
}
/** What the containers may do. */
export type PodSecurity = z.output<typeof podSecuritySchema>;
