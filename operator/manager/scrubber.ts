/** Removes secrets from finished text: values it was given, and shapes that are always secret. */
export interface Scrubber {
  /** Remembers a secret value, so that it never leaves the process in text; values under 6 characters are ignored. */
  add(value: string): void;
  /** Returns the text with every known secret value and secret shape replaced. */
  scrub(text: string): string;
}

const replacement = "[redacted]";

/** Shorter values would blank out ordinary words. */
const shortest = 6;

/** Remembering every value ever seen would leak memory while tokens rotate; the newest are the ones in use. */
const remembered = 1000;

const shapes: readonly (readonly [RegExp, string])[] = [
  // user:password@host in any URL; the user and the host stay, they help to find the fault.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/"\\]{0,256}:)[^\s/"\\]{1,1024}@/gi, `$1${replacement}@`],
  [/\b(bearer|basic)\s+[\w+/.~-]{8,}={0,2}/gi, `$1 ${replacement}`],
  // JSON Web Tokens, such as those of service accounts.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, replacement],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, replacement],
  [/\b(password|passwd|pwd|secret|token)=[^\s&"\\]+/gi, `$1=${replacement}`],
];

/** Creates a scrubber that knows the secret shapes and no value yet. */
export function createScrubber(): Scrubber {
  const values = new Set<string>();
  return {
    add(value) {
      for (const form of formsOf(value)) {
        values.delete(form);
        values.add(form);
      }
      for (const oldest of values) {
        if (values.size <= remembered) break;
        values.delete(oldest);
      }
    },
    scrub(text) {
      let clean = text;
      for (const value of values) clean = clean.replaceAll(value, replacement);
      for (const [shape, substitute] of shapes) clean = clean.replaceAll(shape, substitute);
      return clean;
    },
  };
}

/** The spellings under which a value can turn up: as it is, inside JSON, percent-encoded, base64. */
function formsOf(value: string): string[] {
  if (value.length < shortest) return [];
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString("base64").replace(/=+$/, "");
  return [...new Set([value, json, encodeURIComponent(value.toWellFormed()), base64])].toSorted(
    (left, right) => right.length - left.length,
  );
}
