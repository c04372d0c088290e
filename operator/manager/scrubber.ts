const replacement = "[redacted]";

const shapes: readonly (readonly [RegExp, string])[] = [
  // user:password@host in any URL; the user and the host stay, they help to find the fault.
  [/([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/"\\]{0,256}:)[^\s/"\\]{1,1024}@/gi, `$1${replacement}@`],
  [/\b(bearer|basic)\s+[\w+/.~-]{8,}={0,2}/gi, `$1 ${replacement}`],
  // JSON Web Tokens, such as those of service accounts.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g, replacement],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/gs, replacement],
  [/\b(password|passwd|pwd|secret|token)=[^\s&"\\]+/gi, `$1=${replacement}`],
];

/** Returns finished text with every shape that is always secret replaced. */
export function scrubSecrets(text: string): string {
  return shapes.reduce((clean, [shape, substitute]) => clean.replaceAll(shape, substitute), text);
}
