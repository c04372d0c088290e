import { z } from "zod";
import { seconds } from "./duration.ts";
import { envFromList, envList } from "./env.ts";
import { membership } from "./membership.ts";
import { multiplyQuantity, quantityMap } from "./quantity.ts";
import { exactlyOne, withRules } from "./rule.ts";
import { absolutePath, dnsLabel, integer, list, listByName, matching, text } from "./text.ts";

/** CPU that a container of the app requests where the user names neither a request nor a limit. */
export const DEFAULT_CPU_REQUEST = "100m";
/** Memory that a container of the app requests where the user names neither a request nor a limit. */
export const DEFAULT_MEMORY_REQUEST = "128Mi";

/** Memory that a container of the app may use where the user names neither a request nor a limit: enough for a framework to start. */
export const DEFAULT_MEMORY_LIMIT = "1Gi";
/** How many times the memory request that the user names a container may use without a limit of the user's: a leak ends the pod, not the node. */
const MEMORY_LIMIT_FACTOR = 2;

/** Requests and limits of a container, as in corev1.ResourceRequirements. */
export const resourcesSchema = z.strictObject({
  requests: quantityMap().optional().describe("What the scheduler sets aside, by resource: cpu in cores, memory in bytes."),
  limits: quantityMap().optional().describe("What the container may use at most, by resource: cpu in cores, memory in bytes."),
});

/** Requests and limits of a container of the app: CPU and memory are always requested, because autoscaling by CPU needs it; memory is always limited. */
export function appResources() {
  return resourcesSchema.transform(withDefaultRequests).prefault({});
}

/** What appResources fills in, for the descriptions of its fields. */
export const RESOURCES_DESCRIPTION = `Requests and limits of the app container. Default: requests of ${DEFAULT_CPU_REQUEST} CPU and ${DEFAULT_MEMORY_REQUEST} memory, no limit of CPU, and a memory limit of ${MEMORY_LIMIT_FACTOR} times the request that you name, or ${DEFAULT_MEMORY_LIMIT}.`;

function withDefaultRequests({ requests: given = {}, limits }: z.output<typeof resourcesSchema>) {
  const limit = limits?.["memory"];
  const cpu = given["cpu"] ?? limits?.["cpu"] ?? DEFAULT_CPU_REQUEST;
  const memory = given["memory"] ?? limit ?? DEFAULT_MEMORY_REQUEST;
  const most = limit ?? (given["memory"] === undefined ? DEFAULT_MEMORY_LIMIT : multiplyQuantity(memory, MEMORY_LIMIT_FACTOR));
  return { requests: { ...given, cpu, memory }, limits: { ...limits, memory: most } };
}

/** An image reference with a tag or digest. */
export function imageReference() {
  return matching(
    512,
    /^[a-zA-Z0-9][a-zA-Z0-9._-]*(:[0-9]+)?(\/[a-zA-Z0-9._-]+)*(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?(@[a-zA-Z0-9]+:[a-fA-F0-9]{32,128})?$/,
    "must be an image reference such as ghcr.io/acme/shop:1.4.2",
  );
}

/** The words of a command or its arguments; no shell is involved. */
export function words() {
  return list(z.string().max(4096, "must be at most 4096 characters long"), 64);
}

/** A command that must be given. */
export function requiredCommand() {
  return words().min(1, "must name a program, such as [node, report.js]");
}

const portSchema = z.strictObject({
  name: dnsLabel(15).optional().describe("Name of the port."),
  containerPort: integer(1, 65_535).describe("Number of the port."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Transport protocol."),
});

const probeSchema = withRules(
  z.strictObject({
    httpGet: z
      .strictObject({
        path: absolutePath().default("/").describe("Path to request."),
        port: integer(1, 65_535).describe("Port to request from."),
        scheme: z.enum(["HTTP", "HTTPS"]).default("HTTP").describe("Scheme of the request."),
      })
      .optional()
      .describe("Succeeds on an HTTP status of 200 to 399."),
    tcpSocket: z
      .strictObject({ port: integer(1, 65_535).describe("Port to connect to.") })
      .optional()
      .describe("Succeeds when the port accepts a connection."),
    grpc: z
      .strictObject({ port: integer(1, 65_535).describe("Port to ask."), service: text(253).optional().describe("Service to ask for.") })
      .optional()
      .describe("Succeeds when the gRPC health service answers SERVING."),
    exec: z
      .strictObject({ command: requiredCommand().describe("Command to run.") })
      .optional()
      .describe("Succeeds when the command exits with 0."),
    initialDelaySeconds: seconds(0, 3600).default(0).describe("Seconds to wait before the first probe."),
    periodSeconds: seconds(1, 3600).default(10).describe("Seconds between two probes."),
    timeoutSeconds: seconds(1, 300).default(1).describe("Seconds after which a probe has failed."),
    successThreshold: integer(1, 100).default(1).describe("Successes in a row that count as recovered."),
    failureThreshold: integer(1, 1000).default(3).describe("Failures in a row that count as failed."),
  }),
  [exactlyOne(["httpGet", "tcpSocket", "grpc", "exec"])],
);

const volumeMountSchema = z.strictObject({
  mountPath: absolutePath().describe("Path of a `files`, `scratch` or `volumes` entry, which is mounted there as in the app."),
});

/** A further container: the part of corev1.Container that cannot loosen the security of the pod. */
export const extraContainerSchema = z.strictObject({
  name: dnsLabel(40).describe("Name of the container; app and pgbouncer are taken."),
  image: imageReference().describe("Image, with a tag or digest."),
  command: words().default([]).describe("Replaces the entrypoint of the image. Default: the entrypoint of the image."),
  args: words().default([]).describe("Arguments. Default: those of the image."),
  env: envList()
    .default([])
    .describe(
      "Environment variables of this container. Of the operator's variables it gets those that a value names, such as $(DATABASE_URL), and all where its image is the app's own.",
    ),
  envFrom: envFromList().default([]).describe("ConfigMaps and Secrets whose keys become variables of this container."),
  ports: list(portSchema, 10).default([]).describe("Ports that the container listens on."),
  resources: resourcesSchema.prefault({}).describe("Requests and limits. Default: none."),
  startupProbe: probeSchema.optional().describe("Delays the other probes until it succeeds."),
  readinessProbe: probeSchema.optional().describe("Takes the pod out of the Service while it fails."),
  livenessProbe: probeSchema.optional().describe("Restarts the container when it fails."),
  volumeMounts: list(volumeMountSchema, 20).default([]).describe("Which `files`, `scratch` and `volumes` paths to mount. Default: none."),
  components: membership(["web", "workers"]),
});

/** The list of further containers. */
export function extraContainers() {
  return listByName(extraContainerSchema, 10);
}

/** Requests and limits of a container. */
export type Resources = z.output<typeof resourcesSchema>;
/** A further container of the pods. */
export type ExtraContainer = z.output<typeof extraContainerSchema>;
/** A probe of a further container. */
export type Probe = z.output<typeof probeSchema>;
