import { z } from "zod";
import { GROUP, KIND, MAX_APP_NAME_LENGTH, MAX_CRON_JOB_NAME_LENGTH, PLURAL, SHORT_NAME, SINGULAR, VERSION } from "./kind.ts";
import { REFERENCE_RULES } from "./reference-rules.ts";
import { QUEUE_VOLUME_RULES } from "./queue-volume.ts";
import { celList, celRule, celValue } from "./rule.ts";
import { FEATURES } from "./not-implemented.ts";
import { specSchema, STAGES } from "./scalable-app.ts";
import { STAGE_DEFAULTS, stageBounds } from "./stage.ts";
import { NEVER_OBSERVED, statusSchema } from "./status.ts";
import { toStructuralSchema } from "./structural-schema.ts";
import { isTree } from "../base/tree.ts";
import { read, readTree } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import { RESERVED_CONTAINER_NAMES } from "./validate.ts";

/** The CustomResourceDefinition of ScalableApp, wholly derived from the zod schemas. */
export function buildCrd(): Tree {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: { kind: KIND, listKind: `${KIND}List`, plural: PLURAL, singular: SINGULAR, shortNames: [SHORT_NAME], categories: ["all"] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: withoutUndefined(rootSchema()) },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.web.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.selector",
            },
          },
          additionalPrinterColumns: printerColumns(),
        },
      ],
    },
  };
}

function rootSchema(): Tree {
  return {
    type: "object",
    description: "A backend that scales, deploys without losing a request and never knocks its own database over.",
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: `Version of the schema: ${GROUP}/${VERSION}.` },
      kind: { type: "string", description: `Kind of the object: ${KIND}.` },
      metadata: {
        type: "object",
        properties: { name: { type: "string", maxLength: MAX_APP_NAME_LENGTH } },
      },
      spec: specOfCrd(),
      status: statusOfCrd(),
    },
    "x-kubernetes-validations": ROOT_RULES.map(celRule),
  };
}

/** Entries of lists get no defaults: kubectl and GitOps tools replace whole lists and would see a difference for ever. */
function specOfCrd(): Tree {
  const schema = toStructuralSchema(
    specJsonSchema(),
    "spec",
    (path) => !path.includes("[]") && !isStageDependent(path) && !isWithoutEffect(path),
  );
  return { ...schema, description: "What the user wants.", "x-kubernetes-validations": SPEC_RULES.map(celRule) };
}

/** An app that the operator has not seen yet would else count as rolled out: kstatus takes an object without a status for Current. */
function statusOfCrd(): Tree {
  return {
    ...toStructuralSchema(statusJsonSchema(), "status", () => false),
    default: { observedGeneration: NEVER_OBSERVED },
    description: "What the operator reports; nobody else writes it.",
  };
}

/** `spec` as JSON Schema, with all static defaults. */
export function specJsonSchema(): Tree {
  return jsonSchema(specSchema);
}

/** `status` as JSON Schema. */
export function statusJsonSchema(): Tree {
  return jsonSchema(statusSchema);
}

function jsonSchema(schema: z.ZodType): Tree {
  return z.toJSONSchema(schema, { io: "input", reused: "inline", cycles: "throw", unrepresentable: "throw" });
}

/** A default of a field that nothing acts on yet would look, once a version does, like a value that a user wrote. */
function isWithoutEffect(path: string): boolean {
  return FEATURES.some((feature) => path === `spec.${feature.path}`);
}

/** Whether some stage fills in another value than the static default: such a default in the CRD would hide the stage's. */
export function isStageDependent(path: string): boolean {
  const keys = path.split(".").slice(1);
  const fallback = read(jsonDefaults, ...keys);
  return STAGES.some((stage) => {
    const value = read(STAGE_DEFAULTS[stage], ...keys);
    return value !== undefined && value !== fallback;
  });
}

const jsonDefaults = defaultsOf(jsonSchema(specSchema));

function defaultsOf(schema: Tree): unknown {
  return isTree(schema["properties"])
    ? Object.fromEntries(Object.entries(schema["properties"]).map(([name, child]) => [name, isTree(child) ? defaultsOf(child) : undefined]))
    : schema["default"];
}

const NAME_MESSAGE = "must begin with a letter, then lower-case letters, digits or '-', ending with a letter or digit";

const ROOT_RULES = [
  { cel: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')", message: NAME_MESSAGE, field: "metadata.name" },
  {
    cel: `!has(self.spec.schedules) || self.spec.schedules.all(schedule, schedule.name.size() + self.metadata.name.size() < ${MAX_CRON_JOB_NAME_LENGTH})`,
    message: `have a name that is too long: "<app>-<schedule>" must be at most ${MAX_CRON_JOB_NAME_LENGTH} characters long`,
    field: "spec.schedules",
  },
  ...QUEUE_VOLUME_RULES,
];

const PORT_MESSAGE = "must not set PORT to anything but web.port, where probes and the Service go: remove it, or set web.port";

const SPEC_RULES = [
  ...(["initContainers", "sidecars"] as const).map((list) => ({
    cel: `!has(self.${list}) || self.${list}.all(container, !(container.name in ${celList(RESERVED_CONTAINER_NAMES)}))`,
    message: `must not be named ${RESERVED_CONTAINER_NAMES.join(" or ")}, which are containers of the operator`,
    field: list,
  })),
  {
    cel: "!has(self.files) || self.files.all(file, file.path != '/' && (!has(self.scratch) ? file.path != '/tmp' : !(file.path in self.scratch)))",
    message: 'must be mounted on directories that are neither "/" nor in scratch (/tmp by default)',
    field: "files",
  },
  {
    cel: "!has(self.rollout) || !has(self.rollout.freeze) || !has(self.rollout.freeze.whenErrorBudgetBelowPercent) || (has(self.slos) && self.slos.size() > 0)",
    message: "needs an entry in slos, whose error budget it reads",
    field: "rollout.freeze.whenErrorBudgetBelowPercent",
  },
  {
    cel: "!has(self.rollout) || !has(self.rollout.canary) || !has(self.rollout.canary.match) || (has(self.routing) && has(self.routing.gateway))",
    message: "needs routing.gateway, which distinguishes the requests",
    field: "rollout.canary.match",
  },
  {
    cel: "!has(self.rollout) || !has(self.rollout.canary) || !has(self.rollout.canary.analysis) || !has(self.rollout.canary.analysis.queries) || self.rollout.canary.analysis.queries.size() == 0 || (has(self.monitoring) && has(self.monitoring.prometheus))",
    message: "needs monitoring.prometheus, which answers the queries: name its url there, or remove the queries",
    field: "rollout.canary.analysis.queries",
  },
  {
    cel: "!has(self.rollout) || !has(self.rollout.canary) || !has(self.rollout.canary.analysis) || !has(self.rollout.canary.analysis.probes) || self.rollout.canary.analysis.probes.size() == 0 || !has(self.web) || !has(self.web.protocol) || self.web.protocol != 'grpc'",
    message:
      "ask with HTTP/1.1, which an app with web.protocol grpc does not answer: remove them, and judge by web.metrics with a port of its own",
    field: "rollout.canary.analysis.probes",
  },
  ...REFERENCE_RULES,
  ...["env", "web.env"].map((field) => ({ cel: portRule(field), message: PORT_MESSAGE, field })),
  {
    cel: `!has(self.web) || ${hasCpu("self.web")} || has(self.web.replicas) || (!has(self.web.autoscaling) && ${celValue("stage", "mvp")} == 'mvp')`,
    message:
      "must request more than 0 CPU, because autoscaling (by stage, where nothing is written) measures in percent of it: raise requests.cpu, or set replicas",
    field: "web.resources",
  },
  {
    cel: `!has(self.workers) || self.workers.all(worker, !has(worker.autoscaling) || ${hasCpu("worker")})`,
    message:
      "must request more than 0 CPU where they have autoscaling, which measures in percent of it: raise requests.cpu, or set replicas",
    field: "workers",
  },
  {
    cel: disruptionRule(),
    message: "must leave at least one pod of web at its floor: lower it below minReplicas (of the stage, where none is written)",
    field: "disruption.maxUnavailable",
  },
  {
    cel: stageBoundsRule(),
    message: `must leave minReplicas <= maxReplicas with the bounds that the stage fills in (${stageBoundsInWords()}): give both`,
    field: "web.autoscaling",
  },
];

/** Whether a list of variables sets PORT to web.port, or not at all. */
function portRule(list: string): string {
  const fallback = staticDefault(["web", "port"]);
  const given = list === "env" ? "!has(self.env)" : `!has(self.web) || !has(self.${list})`;
  return `${given} || self.${list}.all(one, one.name != 'PORT' || (has(one.value) && one.value == string(has(self.web) ? ${celValue("web.port", fallback)} : ${fallback})))`;
}

/** Whether a component asks for more CPU than none; without a request it gets the default. */
function hasCpu(component: string): string {
  const requests = `${component}.resources.requests`;
  const cpu = `string(${requests}['cpu'])`;
  return `!has(${component}.resources) || !has(${requests}) || !('cpu' in ${requests}) || !isQuantity(${cpu}) || quantity(${cpu}).isGreaterThan(quantity('0'))`;
}

function staticDefault(path: readonly string[]): number {
  return Number(read(jsonDefaults, ...path));
}

function stageBoundsInWords(): string {
  return STAGES.map((stage) => `${stage} ${stageBounds(stage).min}-${stageBounds(stage).max}`).join(", ");
}

function stageBoundsRule(): string {
  const path = "self.web.autoscaling";
  return [
    `!has(self.web) || !has(${path}) || has(${path}.minReplicas) == has(${path}.maxReplicas)`,
    `(has(${path}.minReplicas) ? ${path}.minReplicas <= ${boundsTable("max")} : ${boundsTable("min")} <= ${path}.maxReplicas)`,
  ].join(" || ");
}

/** Replicas that are fixed do not count: the scale subresource may change them at any time. */
function disruptionRule(): string {
  const most = "self.disruption.maxUnavailable";
  const isScaled = "has(self.web) && has(self.web.autoscaling)";
  const floor = `(${isScaled} && has(self.web.autoscaling.minReplicas) ? self.web.autoscaling.minReplicas : ${boundsTable("min")})`;
  return [
    `!has(self.disruption) || !has(${most}) || (has(self.web) && has(self.web.replicas))`,
    `(${celValue("stage", "mvp")} == 'mvp' && !(${isScaled})) || ${floor} < 2`,
    `(type(${most}) == int ? int(${most}) < ${floor} : string(${most}) != '100%')`,
  ].join(" || ");
}

function boundsTable(bound: "min" | "max"): string {
  return `{${STAGES.map((stage) => `'${stage}': ${stageBounds(stage)[bound]}`).join(", ")}}[${celValue("stage", "mvp")}]`;
}

function printerColumns(): readonly Tree[] {
  const ready = '.status.conditions[?(@.type=="Ready")]';
  return [
    { name: "Stage", type: "string", jsonPath: ".spec.stage", description: "Profile of defaults." },
    { name: "Ready", type: "string", jsonPath: `${ready}.status`, description: "Whether every component is available." },
    { name: "Release", type: "string", jsonPath: ".status.release.stable", description: "Revision that all users get." },
    { name: "Phase", type: "string", jsonPath: ".status.release.phase", description: "Where the release stands." },
    { name: "Candidate", type: "string", jsonPath: ".status.release.candidate", description: "Revision that is under way." },
    {
      name: "Weight",
      type: "integer",
      jsonPath: ".status.release.weight",
      description: "Percent of the requests that the candidate gets.",
    },
    { name: "Replicas", type: "integer", jsonPath: ".status.replicas", description: "Pods of the web component." },
    {
      name: "Connections",
      type: "string",
      jsonPath: ".status.connectionBudget.sum",
      description: "Connections to the database at the worst moment.",
    },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "When it was created." },
    { name: "Message", type: "string", jsonPath: `${ready}.message`, description: "What to know or to change." },
    { name: "Step", type: "integer", jsonPath: ".status.release.step", priority: 1, description: "Step of the canary, from 0." },
    { name: "Progress", type: "string", jsonPath: ".status.release.message", priority: 1, description: "What the release waits for." },
    { name: "Image", type: "string", jsonPath: ".spec.image", priority: 1, description: "Image of the app." },
  ];
}

function withoutUndefined(schema: Tree): Tree {
  const parsed: unknown = JSON.parse(JSON.stringify(schema));
  return readTree(parsed);
}
