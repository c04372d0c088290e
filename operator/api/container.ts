import { z } from "zod";
import { seconds } from "./duration.ts";
import { envFromList, envList } from "./env.ts";
import { membership } from "./membership.ts";
import { multiplyQuantity, quantityMap } from "./quantity.ts";
import { exactlyOne, withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { dnsLabel, integer, list, listByName, matching, mountPath, portName, requestPath, text } from "./text.ts";

/** Port on which PgBouncer listens within a pod. */
export const POOLER_PORT = 6432;

/** CPU that a container of the app requests where the user names neither a request nor a limit. */
const DEFAULT_CPU_REQUEST = "100m";
/** Memory that a container of the app requests where the user names neither a request nor a limit. */
const DEFAULT_MEMORY_REQUEST = "128Mi";

/** Memory that a container of the app may use where the user names neither a request nor a limit: enough for a framework to start. */
const DEFAULT_MEMORY_LIMIT = "1Gi";
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

const IMAGE_HOST = "[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*(:[0-9]{1,5})?/";
const IMAGE_PART = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
const IMAGE_TAG = ":[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}";
const IMAGE_DIGEST = "@(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})";
/** The grammar of references (https://pkg.go.dev/github.com/distribution/reference): a host may have capitals, a name not. */
const IMAGE = new RegExp(`^(${IMAGE_HOST})?${IMAGE_PART}(/${IMAGE_PART})*(${IMAGE_TAG})?(${IMAGE_DIGEST})?$`);

/** An image reference with a tag or digest. */
export function imageReference() {
  return matching(
    512,
    IMAGE,
    "must be an image reference such as ghcr.io/acme/shop:1.4.2: the name in lower case, then :tag, @sha256:digest or both",
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
  name: portName().optional().describe("Name of the port."),
  containerPort: integer(1, 65_535).describe("Number of the port."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP").describe("Transport protocol."),
});

const probeSchema = withRules(
  z.strictObject({
    httpGet: z
      .strictObject({
        path: requestPath().default("/").describe("Path to request."),
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
  mountPath: mountPath().describe("Path of a `files`, `scratch` or `volumes` entry, which is mounted there as in the app."),
});

const extraContainerFields = z.strictObject({
  name: dnsLabel(40).describe("Name of the container; app and pgbouncer are taken."),
  image: imageReference().describe("Image, with a tag or digest."),
  command: words().default([]).describe("Replaces the entrypoint of the image. Default: the entrypoint of the image."),
  args: words().default([]).describe("Arguments. Default: those of the image."),
  env: envList(100)
    .default([])
    .describe(
      "Environment variables of this container. Of the operator's variables it gets those that a value names, such as $(DATABASE_URL), and all where its image is the app's own.",
    ),
  envFrom: envFromList(20).default([]).describe("ConfigMaps and Secrets whose keys become variables of this container."),
  ports: list(portSchema, 10).default([]).describe("Ports that the container listens on."),
  resources: resourcesSchema.prefault({}).describe("Requests and limits. Default: none."),
  startupProbe: probeSchema.optional().describe("Delays the other probes until it succeeds."),
  readinessProbe: probeSchema.optional().describe("Takes the pod out of the Service while it fails."),
  livenessProbe: probeSchema.optional().describe("Restarts the container when it fails."),
  volumeMounts: list(volumeMountSchema, 20).default([]).describe("Which `files`, `scratch` and `volumes` paths to mount. Default: none."),
  components: membership(["web", "workers"]),
});

type ExtraContainerFields = z.output<typeof extraContainerFields>;

function countsOnce(probe: "livenessProbe" | "startupProbe"): Rule<ExtraContainerFields> {
  return {
    cel: `!has(self.${probe}) || !has(self.${probe}.successThreshold) || self.${probe}.successThreshold == 1`,
    holds: (container) => (container[probe]?.successThreshold ?? 1) === 1,
    message: "must be 1, because one success is enough for this probe: remove it (only readinessProbe may ask for more)",
    field: `${probe}.successThreshold`,
  };
}

const CONTAINER_RULES: readonly Rule<ExtraContainerFields>[] = [
  countsOnce("livenessProbe"),
  countsOnce("startupProbe"),
  {
    cel: `!has(self.ports) || self.ports.all(one, one.containerPort != ${POOLER_PORT})`,
    holds: ({ ports }) => ports.every(({ containerPort }) => containerPort !== POOLER_PORT),
    message: `must not hold ${POOLER_PORT}, where the pooler listens: choose another port`,
    field: "ports",
  },
  {
    cel: "!has(self.ports) || self.ports.all(one, !has(one.name) || self.ports.exists_one(other, has(other.name) && other.name == one.name))",
    holds: ({ ports }) => {
      const names = ports.flatMap(({ name }) => (name === undefined ? [] : [name]));
      return new Set(names).size === names.length;
    },
    message: "must have distinct names",
    field: "ports",
  },
];

const noProbes: readonly Rule<ExtraContainerFields>[] = (["startupProbe", "readinessProbe", "livenessProbe"] as const).map((probe) => ({
  cel: `!has(self.${probe})`,
  holds: (container) => container[probe] === undefined,
  message: "is never asked of a container that runs to its end before the app starts: remove it, or move the container to sidecars",
  field: probe,
}));

/** A further container: the part of corev1.Container that cannot loosen the security of the pod. */
export const extraContainerSchema = withRules(extraContainerFields, CONTAINER_RULES);

/** The list of containers beside the app. */
export function sidecarContainers() {
  return listByName(extraContainerSchema, 10);
}

/** The list of containers before the app. */
export function initContainers() {
  return listByName(withRules(extraContainerFields, [...CONTAINER_RULES, ...noProbes]), 10);
}

/** Requests and limits of a container. */
export type Resources = z.output<typeof resourcesSchema>;
/** A further container of the pods. */
export type ExtraContainer = z.output<typeof extraContainerSchema>;
/** A probe of a further container. */
export type Probe = z.output<typeof probeSchema>;
