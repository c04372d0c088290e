const SUFFIXES: Readonly<Record<string, bigint>> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  E: 10n ** 18n,
  "": 1n,
};
const FRACTIONS: Readonly<Record<string, bigint>> = { m: 10n ** 6n, u: 10n ** 3n, n: 1n };
const NANO = 10n ** 9n;
const QUANTITY = /^([+-]?)(\d+)(?:\.(\d{1,9}))?(?:[eE]([+-]?\d{1,2})|(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E|m|u|n)?)$/;

/** A resource.Quantity as a count of 10^-9 units, or undefined when the text is none. */
export function parseQuantity(text: string): bigint | undefined {
  const match = QUANTITY.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent, suffix = ""] = match;
  const digits = BigInt(whole) * NANO + BigInt(fraction.padEnd(9, "0"));
  const value = scale(digits, exponent, suffix);
  return sign === "-" ? -value : value;
}

function scale(nano: bigint, exponent: string | undefined, suffix: string): bigint {
  if (exponent !== undefined) {
    const power = Number(exponent);
    return power >= 0 ? nano * 10n ** BigInt(power) : nano / 10n ** BigInt(-power);
  }
  const fraction = FRACTIONS[suffix];
  if (fraction !== undefined) return (nano * fraction) / NANO;
  return nano * (SUFFIXES[suffix] ?? 1n);
}
