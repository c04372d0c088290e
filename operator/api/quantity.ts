import { z } from "zod";
import { quantityNumber } from "../base/quantity.ts";
import { didYouMean } from "./nearest.ts";

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]{1,2})?$/;
const BYTES = /^[0-9]+(\.[0-9]+)?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+]?[0-9]{1,2})?$/;
const MESSAGE = 'must be a Kubernetes quantity such as 500m, 2, 256Mi or "1.5"';

/** A Kubernetes quantity (text or a whole number); whole numbers become text. */
export function quantity() {
  return quantityLike(QUANTITY, MESSAGE).meta({ intOrString: MESSAGE });
}

/** An amount of bytes of at least so much; `least` is a quantity. */
export function bytes(least: string) {
  const message = `must be an amount of bytes such as 256Mi or 5Gi, at least ${least} ("m" would be thousandths of a byte)`;
  return quantityLike(BYTES, message)
    .refine((text) => !isQuantity(text) || quantityValue(text) >= quantityValue(least), {
      error: ({ input }) => `must be at least ${least}${didYouMeanMebibytes(String(input), least)}`,
    })
    .meta({ intOrString: `${message}: did you mean Mi?`, leastQuantity: least });
}

function quantityLike(pattern: RegExp, message: string) {
  const error = ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? "is required: add it" : explainQuantity(input, message);
  return z
    .union([z.string({ error }).max(32, { error }).regex(pattern, { error }), z.int({ error }).min(0, { error })], { error })
    .transform(String);
}

/** Says what was probably meant by a text or number that is no quantity. */
function explainQuantity(input: unknown, message: string): string {
  if (typeof input === "number" && input > 0) return `${message}: write "${input}" in quotes, or ${Math.ceil(input * 1000)}m of cpu`;
  return `${message}${typeof input === "string" ? didYouMeanUnit(input) : ""}`;
}

function didYouMeanUnit(text: string): string {
  const [, amount = "", unit = ""] = /^([0-9.]+) *([A-Za-z]+)$/u.exec(text) ?? [];
  const prefix = /^([kmgtpe])i?(b|o|bytes?)?$/iu.exec(unit)?.[1];
  return prefix === undefined ? "" : ` (did you mean ${amount}${prefix.toUpperCase()}i?)`;
}

/** A bare number or one in thousandths, where memory is asked for, was meant in mebibytes. */
function didYouMeanMebibytes(text: string, least: string): string {
  const amount = /^([0-9]+)(m|M)?$/u.exec(text)?.[1];
  // What would be refused as well is no advice.
  return amount === undefined || quantityValue(`${amount}Mi`) < quantityValue(least) ? "" : ` (did you mean ${amount}Mi?)`;
}

/** Whether a text is a quantity. */
export function isQuantity(text: string): boolean {
  return QUANTITY.test(text);
}

/** The value of a quantity in its base unit (cores, bytes); throws on anything that is none. */
export function quantityValue(text: string): number {
  const value = quantityNumber(text);
  if (value === undefined || !isQuantity(text)) throw new RangeError(`"${text}" is not a quantity: ${MESSAGE}`);
  return value;
}

/** The least memory that a container can start with, in the words of the CRD. */
const LEAST_MEMORY = "4Mi";
const RESOURCES = ["cpu", "memory", "ephemeral-storage"];
const BYTE_RESOURCES = ["memory", "ephemeral-storage"];

/** A quantity times a whole number, with the same suffix: 1.5Gi times 2 is 3Gi. */
export function multiplyQuantity(text: string, factor: number): string {
  const { number = "", suffix = "" } = /^(?<number>[0-9.]+)(?<suffix>.*)$/u.exec(text)?.groups ?? {};
  const product = Number(number) * factor;
  return Number.isInteger(product) ? `${product}${suffix}` : String(Math.ceil(quantityValue(text) * factor));
}

/** A map of resource name to quantity, as in requests and limits. */
export function quantityMap() {
  return z
    .record(z.string(), quantity())
    .superRefine((map, context) => {
      for (const [name, value] of Object.entries(map)) {
        const problem = resourceProblem(name, value);
        if (problem !== undefined) context.addIssue({ code: "custom", path: [name], message: problem });
      }
      if (Object.keys(map).length > 16) context.addIssue({ code: "custom", message: "must have at most 16 entries" });
    })
    .meta({ maxProperties: 16, "x-kubernetes-validations": RESOURCE_RULES });
}

const NAME_MESSAGE = `must be one of ${RESOURCES.join(", ")}, hugepages-<size> or a device with its domain such as nvidia.com/gpu`;
const BYTES_MESSAGE = `must be an amount of bytes such as 256Mi, at least ${LEAST_MEMORY} ("m" would be thousandths of a byte: did you mean Mi?)`;

function resourceProblem(name: string, value: string): string | undefined {
  if (!isResourceName(name)) return `is not a resource${didYouMean(name, RESOURCES)}: it ${NAME_MESSAGE}`;
  // A value that is no quantity at all has been named already.
  if (!BYTE_RESOURCES.includes(name) || !isQuantity(value)) return undefined;
  const amount = quantityValue(value);
  const enough = BYTES.test(value) && (amount === 0 || name !== "memory" || amount >= quantityValue(LEAST_MEMORY));
  return enough ? undefined : `${BYTES_MESSAGE.replace(": did you mean Mi?", "")}${didYouMeanMebibytes(value, LEAST_MEMORY)}`;
}

function isResourceName(name: string): boolean {
  return (
    RESOURCES.includes(name) ||
    /^hugepages-[0-9]+[KMG]i$/u.test(name) ||
    /^[a-z0-9.-]+\/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/u.test(name)
  );
}

const RESOURCE_RULES = [
  {
    rule: `self.all(name, name in [${RESOURCES.map((name) => `'${name}'`).join(", ")}] || name.startsWith('hugepages-') || name.contains('/'))`,
    message: `hold something that is no resource: each name ${NAME_MESSAGE}`,
  },
  ...BYTE_RESOURCES.map((name) => ({
    rule: `!('${name}' in self) || !isQuantity(string(self['${name}'])) || (!string(self['${name}']).endsWith('m')${
      name === "memory"
        ? ` && (quantity(string(self['memory'])).compareTo(quantity('0')) == 0 || !quantity(string(self['memory'])).isLessThan(quantity('${LEAST_MEMORY}')))`
        : ""
    })`,
    message: `of ${name} ${name === "memory" ? BYTES_MESSAGE : 'must be an amount of bytes such as 1Gi ("m" would be thousandths of a byte: did you mean Mi?)'}`,
  })),
];
