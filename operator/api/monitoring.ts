import { z } from "zod";
import { matching } from "./text.ts";

const creation = (kind: string) =>
  z.enum(["auto", "enabled", "disabled"]).default("auto").describe(`Whether a ${kind} is created; auto: where the cluster knows the kind.`);

/** How the app is watched. */
export const monitoringSchema = z.strictObject({
  serviceMonitor: creation("ServiceMonitor"),
  prometheusRule: creation("PrometheusRule"),
  prometheus: z
    .strictObject({
      url: matching(2048, /^https?:\/\/[^\s]+$/, "must be an http or https URL such as http://prometheus.monitoring:9090").describe(
        "Base URL of the Prometheus that answers queries.",
      ),
    })
    .optional()
    .describe("The Prometheus that judges releases. Default: the operator's own."),
});
