import { z } from "zod";
import { isQuantity, quantity, quantityValue } from "./quantity.ts";
import { celList, withRules } from "./rule.ts";
import type { Rule } from "./rule.ts";
import { LABEL_VALUE, OBJECT_NAME, dnsLabel, integer, isQualifiedName, list, matching, text } from "./text.ts";

const targetSchema = withRules(
  z.strictObject({
    type: z.enum(["Utilization", "Value", "AverageValue"]).describe("How the target is given: which of the other fields counts."),
    value: quantity().optional().describe("The metric itself."),
    averageValue: quantity().optional().describe("The metric divided by the number of pods."),
    averageUtilization: integer(1, 10_000).optional().describe("Mean use in percent of the request."),
  }),
  [
    {
      cel: "self.type == 'Utilization' ? has(self.averageUtilization) : self.type == 'Value' ? has(self.value) : has(self.averageValue)",
      holds: ({ type, value, averageValue, averageUtilization }) =>
        ({ Utilization: averageUtilization, Value: value, AverageValue: averageValue })[type] !== undefined,
      message: "must have the field of its type: averageUtilization for Utilization, value for Value, averageValue for AverageValue",
    },
    {
      cel: "[has(self.value), has(self.averageValue), has(self.averageUtilization)].filter(given, given).size() <= 1",
      holds: ({ value, averageValue, averageUtilization }) =>
        [value, averageValue, averageUtilization].filter((given) => given !== undefined).length <= 1,
      message: "must have one of value, averageValue and averageUtilization: keep the one of its type",
    },
    {
      cel: "(!has(self.value) || !isQuantity(string(self.value)) || quantity(string(self.value)).isGreaterThan(quantity('0'))) && (!has(self.averageValue) || !isQuantity(string(self.averageValue)) || quantity(string(self.averageValue)).isGreaterThan(quantity('0')))",
      holds: ({ value = "1", averageValue = "1" }) => [value, averageValue].every((each) => !isQuantity(each) || quantityValue(each) > 0),
      message: "must be above 0",
    },
  ],
);

const target = targetSchema.describe("What the autoscaler keeps the metric at.");

const selectorSchema = z.strictObject({
  matchLabels: z
    .record(z.string(), z.string().max(63).regex(LABEL_VALUE, "must be the value of a label"))
    .refine(
      (labels) => Object.keys(labels).length <= 10 && Object.keys(labels).every(isQualifiedName),
      "must have at most 10 entries, each with the key of a label",
    )
    .meta({ maxProperties: 10 })
    .optional()
    .describe("Labels that must have these values."),
  matchExpressions: list(
    z.strictObject({
      key: z.string().max(317).refine(isQualifiedName, "must be the key of a label").describe("Key of the label."),
      operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]).describe("How the value is compared."),
      values: list(z.string().max(63), 10).optional().describe("Values to compare with."),
    }),
    10,
  )
    .optional()
    .describe("Further conditions."),
});

const identifier = z
  .strictObject({
    name: matching(253, /^[^/%\s]*[^/%.\s][^/%\s]*$/, "must be the name of a metric, without '/' and '%'").describe("Name of the metric."),
    selector: selectorSchema.optional().describe("Labels of the series. Default: all."),
  })
  .describe("The metric.");

/** The block that each type of metric needs. */
const BLOCKS = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
} as const;
type MetricType = keyof typeof BLOCKS;
const TYPES = ["Resource", "ContainerResource", "Pods", "Object", "External"] as const satisfies readonly MetricType[];

type Blocks = Readonly<Partial<Record<(typeof BLOCKS)[MetricType], { readonly target: z.output<typeof targetSchema> } | undefined>>>;

const blockRule: Rule<Blocks & { readonly type: MetricType }> = {
  cel: TYPES.map((type) => `has(self.${BLOCKS[type]}) == (self.type == '${type}')`).join(" && "),
  holds: (metric) => TYPES.every((type) => (metric[BLOCKS[type]] !== undefined) === (metric.type === type)),
  message: "must have the one block of its type: resource for Resource, containerResource for ContainerResource, pods, object or external",
};

const TARGET_TYPES = {
  resource: ["Utilization", "AverageValue"],
  containerResource: ["Utilization", "AverageValue"],
  pods: ["AverageValue"],
  object: ["Value", "AverageValue"],
  external: ["Value", "AverageValue"],
} as const;

const targetRules: readonly Rule<Blocks>[] = (["resource", "containerResource", "pods", "object", "external"] as const).map((block) => ({
  cel: `!has(self.${block}) || self.${block}.target.type in ${celList(TARGET_TYPES[block])}`,
  holds: (metric) => {
    const type = metric[block]?.target.type;
    return type === undefined || TARGET_TYPES[block].some((each) => each === type);
  },
  message: `must be ${TARGET_TYPES[block].join(" or ")} for this type of metric`,
  field: `${block}.target.type`,
}));

const resourceName = () =>
  matching(
    253,
    /^(cpu|memory|ephemeral-storage|hugepages-[0-9]+[KMG]i|[a-z0-9.-]+\/[A-Za-z0-9][-A-Za-z0-9_.]*)$/,
    "must be a resource: cpu or memory",
  );

/** One further metric of an autoscaler, as in autoscaling/v2 MetricSpec. */
export const metricSpecSchema = withRules(
  z.strictObject({
    type: z.enum(TYPES).describe("Where the metric comes from; the block of that name follows."),
    resource: z
      .strictObject({ name: resourceName().describe("cpu or memory."), target })
      .optional()
      .describe("A resource of all containers of the pods."),
    containerResource: z
      .strictObject({
        name: resourceName().describe("cpu or memory."),
        container: dnsLabel().describe("Name of the container: app, pgbouncer or a sidecar."),
        target,
      })
      .optional()
      .describe("A resource of one container of the pods."),
    pods: z.strictObject({ metric: identifier, target }).optional().describe("A metric of every pod."),
    object: z
      .strictObject({
        describedObject: z
          .strictObject({
            apiVersion: text(253).optional().describe("Version of the object's kind."),
            kind: matching(63, /^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$/, "must be a kind such as Service").describe("Kind of the object."),
            name: matching(253, OBJECT_NAME, "must be the name of an object").describe("Name of the object."),
          })
          .describe("The object."),
        metric: identifier,
        target,
      })
      .optional()
      .describe("A metric of another object."),
    external: z.strictObject({ metric: identifier, target }).optional().describe("A metric of something outside of the cluster."),
  }),
  [blockRule, ...targetRules],
);
