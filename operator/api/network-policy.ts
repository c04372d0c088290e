import { z } from "zod";
import { list, passthrough } from "./text.ts";

/** Which connections the pods may open and accept. */
export const networkPolicySchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether a NetworkPolicy is created."),
  egress: list(passthrough(), 50)
    .default([])
    .describe("Further connections that the pods may open (networking.k8s.io/v1 NetworkPolicyEgressRule)."),
});
