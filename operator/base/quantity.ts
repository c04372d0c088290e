const NANO = 10n ** 9n;
/** The value of each suffix, in units of 10^-9. */
const FACTORS: Readonly<Record<string, bigint>> = {
  "": NANO,
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 2n ** 10n * NANO,
  Mi: 2n ** 20n * NANO,
  Gi: 2n ** 30n * NANO,
  Ti: 2n ** 40n * NANO,
  Pi: 2n ** 50n * NANO,
  Ei: 2n ** 60n * NANO,
};
const QUANTITY = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|m|u|n)?)$/;

/** A resource.Quantity as a count of 10^-9 units, finer parts rounded up as the API server does, or undefined when the text is none. */
export function parseQuantity(text: string): bigint | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0", suffix = ""] = match;
  const power = Number(exponent);
  const factor = (FACTORS[suffix] ?? NANO) * 10n ** BigInt(Math.max(0, power));
  const parts = 10n ** BigInt(fraction.length + Math.max(0, -power));
  const value = (BigInt(whole + fraction) * factor + parts - 1n) / parts;
  return sign === "-" ? -value : value;
}

/** A resource.Quantity as a number of its base unit (cores, bytes), or undefined when the text is none. */
export function quantityNumber(text: string): number | undefined {
  const nano = parseQuantity(text);
  return nano === undefined ? undefined : Number(nano / NANO) + Number(nano % NANO) / 1e9;
}
