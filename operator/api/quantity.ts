import { z } from "zod";

const QUANTITY = /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]+)?$/;
const MESSAGE = 'must be a Kubernetes quantity such as 500m, 2, 256Mi or "1.5"';
const FACTOR: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** A Kubernetes quantity (text or a whole number); whole numbers become text. */
export function quantity() {
  return z
    .union([z.string().max(32, MESSAGE).regex(QUANTITY, MESSAGE), z.int().min(0, MESSAGE)], MESSAGE)
    .transform(String)
    .meta({ intOrString: MESSAGE });
}

/** The value of a quantity in its base unit (cores, bytes); throws on anything that is none. */
export function quantityValue(text: string): number {
  if (!QUANTITY.test(text)) {
    throw new RangeError(`"${text}" is not a quantity: ${MESSAGE}`);
  }
  const exponent = /^([0-9.]+)([eE][+-]?[0-9]+)$/.exec(text);
  if (exponent !== null) {
    return Number(text);
  }
  const split = /^([0-9.]+)([A-Za-z]*)$/.exec(text);
  return Number(split?.[1] ?? Number.NaN) * (FACTOR[split?.[2] ?? ""] ?? Number.NaN);
}

/** A quantity times a whole number, with the same suffix: 1.5Gi times 2 is 3Gi. */
export function multiplyQuantity(text: string, factor: number): string {
  const { number = "", suffix = "" } = /^(?<number>[0-9.]+)(?<suffix>.*)$/u.exec(text)?.groups ?? {};
  const product = Number(number) * factor;
  return Number.isInteger(product) ? `${product}${suffix}` : String(Math.ceil(quantityValue(text) * factor));
}

/** A map of resource name to quantity, as in requests and limits. */
export function quantityMap() {
  return z
    .record(z.string().min(1).max(253), quantity())
    .refine((map) => Object.keys(map).length <= 16, "must have at most 16 entries")
    .meta({ maxProperties: 16 });
}
