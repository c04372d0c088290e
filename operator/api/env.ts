import { z } from "zod";
import { quantity } from "./quantity.ts";
import { dataKey } from "./reference.ts";
import { exactlyOne, notBoth, withRules } from "./rule.ts";
import { list, listByName, matching, objectName, text } from "./text.ts";

const optional = z.boolean().optional().describe("Whether the object or key may be missing. Default: false.");

const keyReferenceSchema = z.strictObject({
  name: objectName().describe("Name of the object, in the namespace of the app."),
  key: dataKey().describe("Key within the object."),
  optional,
});

const valueFromSchema = withRules(
  z.strictObject({
    configMapKeyRef: keyReferenceSchema.optional().describe("A key of a ConfigMap."),
    secretKeyRef: keyReferenceSchema.optional().describe("A key of a Secret."),
    fieldRef: z
      .strictObject({
        apiVersion: text(64).optional().describe("Version of the schema that fieldPath is written in. Default: v1."),
        fieldPath: text(253).describe("Path of the field of the pod, such as metadata.name."),
      })
      .optional()
      .describe("A field of the pod."),
    resourceFieldRef: z
      .strictObject({
        containerName: text(63).optional().describe("Name of the container. Default: the container itself."),
        resource: text(253).describe("The resource, such as limits.memory."),
        divisor: quantity().optional().describe("Divisor of the value. Default: 1."),
      })
      .optional()
      .describe("A resource of a container."),
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

/** The `env` list of a container. */
export function envList(max = 200) {
  return listByName(envVarSchema, max);
}

/** The `envFrom` list of a container. */
export function envFromList(max = 50) {
  return list(envFromSchema, max);
}

/** One environment variable. */
export type EnvVar = z.output<typeof envVarSchema>;
/** All variables of a ConfigMap or Secret. */
export type EnvFrom = z.output<typeof envFromSchema>;
