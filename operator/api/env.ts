import { z } from "zod";
import { didYouMean } from "./nearest.ts";
import { quantity } from "./quantity.ts";
import { dataKey } from "./reference.ts";
import { celList, exactlyOne, notBoth, withRules } from "./rule.ts";
import { dnsLabel, list, listByName, matching, objectName } from "./text.ts";

const optional = z.boolean().optional().describe("Whether the object or key may be missing. Default: false.");

const keyReferenceSchema = z.strictObject({
  name: objectName().describe("Name of the object, in the namespace of the app."),
  key: dataKey().describe("Key within the object."),
  optional,
});

const POD_FIELDS = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];
const POD_FIELD_MESSAGE = `must be a field that a variable can hold: ${POD_FIELDS.join(", ")}, metadata.labels['<key>'] or metadata.annotations['<key>']`;

/** The path of a field of the pod. The rule needs no regular expression, which would cost the API server too much in so many places. */
function podField() {
  return z
    .string()
    .max(340, "must be at most 340 characters long")
    .superRefine((path, context) => {
      if (!POD_FIELDS.includes(path) && !/^metadata\.(labels|annotations)\['[^']+'\]$/u.test(path)) {
        context.addIssue({ code: "custom", message: `${POD_FIELD_MESSAGE}${didYouMean(path, POD_FIELDS)}` });
      }
    })
    .meta({
      "x-kubernetes-validations": [
        {
          rule: `self in ${celList(POD_FIELDS)} || ((self.startsWith("metadata.labels['") || self.startsWith("metadata.annotations['")) && self.endsWith("']"))`,
          message: POD_FIELD_MESSAGE,
        },
      ],
    });
}

const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const CPU_DIVISORS = ["1", "1m"];

const resourceFieldSchema = withRules(
  z.strictObject({
    containerName: dnsLabel().optional().describe("Name of the container. Default: the container itself."),
    resource: matching(
      63,
      /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i)$/,
      "must be limits. or requests. and one of cpu, memory, ephemeral-storage and hugepages-<size>, such as limits.memory",
    ).describe("The resource, such as limits.memory."),
    divisor: quantity().optional().describe("Divisor of the value. Default: 1."),
  }),
  [
    {
      cel: `!has(self.divisor) || string(self.divisor) in (self.resource.endsWith('.cpu') ? ${celList(CPU_DIVISORS)} : ${celList(BYTE_DIVISORS)})`,
      holds: ({ resource, divisor }) =>
        divisor === undefined || (resource.endsWith(".cpu") ? CPU_DIVISORS : BYTE_DIVISORS).includes(divisor),
      message: "must be 1 or 1m for cpu, and 1 or a single unit such as 1Mi for bytes",
      field: "divisor",
    },
  ],
);

const valueFromSchema = withRules(
  z.strictObject({
    configMapKeyRef: keyReferenceSchema.optional().describe("A key of a ConfigMap."),
    secretKeyRef: keyReferenceSchema.optional().describe("A key of a Secret."),
    fieldRef: z
      .strictObject({
        apiVersion: matching(2, /^v1$/, "must be v1")
          .optional()
          .describe("Version of the schema that fieldPath is written in. Default: v1."),
        fieldPath: podField().describe("Path of the field of the pod, such as metadata.name."),
      })
      .optional()
      .describe("A field of the pod."),
    resourceFieldRef: resourceFieldSchema.optional().describe("A resource of a container."),
  }),
  [exactlyOne(["configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef"])],
);

/** One environment variable, as in corev1.EnvVar. */
export const envVarSchema = withRules(
  z.strictObject({
    name: matching(
      253,
      /^[A-Za-z_][A-Za-z0-9_.-]*$/,
      "must be the name of an environment variable: letters, digits, '_', '-' and '.', not beginning with a digit",
    ).describe("Name of the variable. A name that the operator sets too (DATABASE_URL, PORT, ...) is overridden by yours."),
    value: z
      .string()
      .max(32_768, "must be at most 32768 characters long")
      .optional()
      .describe("The value. $(NAME) expands variables that stand before it, the operator's own included."),
    valueFrom: valueFromSchema.optional().describe("Where the value comes from, instead of `value`."),
  }),
  [notBoth("value", "valueFrom")],
);

/** All variables of a ConfigMap or Secret, as in corev1.EnvFromSource. */
export const envFromSchema = withRules(
  z.strictObject({
    prefix: matching(253, /^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be the beginning of the name of an environment variable")
      .optional()
      .describe("Text put before every name."),
    configMapRef: z
      .strictObject({ name: objectName().describe("Name of the ConfigMap."), optional })
      .optional()
      .describe("A ConfigMap."),
    secretRef: z
      .strictObject({ name: objectName().describe("Name of the Secret."), optional })
      .optional()
      .describe("A Secret."),
  }),
  [exactlyOne(["configMapRef", "secretRef"])],
);

/** The `env` list of a container, at most so long. */
export function envList(max = 200) {
  return listByName(envVarSchema, max);
}

/** The `envFrom` list of a container, at most so long. */
export function envFromList(max = 50) {
  return list(envFromSchema, max);
}

/** One environment variable. */
export type EnvVar = z.output<typeof envVarSchema>;
/** All variables of a ConfigMap or Secret. */
export type EnvFrom = z.output<typeof envFromSchema>;
