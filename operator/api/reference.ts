import { z } from "zod";
import { matching, objectName } from "./text.ts";

/** The key within a ConfigMap or Secret. */
export function dataKey() {
  return matching(
    253,
    /^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$/,
    "must be a key of a ConfigMap or Secret: letters, digits, '-', '_' and '.', and not '..' at the beginning",
  );
}

/** One key of a Secret in the namespace of the app. */
export const secretKeyReferenceSchema = z.strictObject({
  name: objectName().describe("Name of the Secret, in the namespace of the app."),
  key: dataKey().describe("Key within the Secret."),
});

/** Where a connection URL comes from; the operator mounts it and never reads it. */
export const urlFromSchema = z.strictObject({
  secretKeyRef: secretKeyReferenceSchema.describe("The Secret and the key in it that hold the URL."),
});

/** The name of an object in the namespace of the app. */
export const localReferenceSchema = z.strictObject({
  name: objectName().describe("Name of the object, in the namespace of the app."),
});

/** One key of a Secret. */
export type SecretKeyReference = z.output<typeof secretKeyReferenceSchema>;
