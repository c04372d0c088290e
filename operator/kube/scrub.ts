const LONGEST_VALUE = 80;
const LONGEST_MESSAGE = 1000;

/**
 * A Status message without what it may quote: the API server prints the refused value, for an immutable pod template the
 * whole template with every environment variable, and proxies quote URLs with their passwords.
 */
export function scrubMessage(message: string): string {
  const withoutPasswords = message.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:***@");
  const shortened = withoutValueDumps(withoutPasswords);
  return shortened.length > LONGEST_MESSAGE ? `${shortened.slice(0, LONGEST_MESSAGE)}…` : shortened;
}

function withoutValueDumps(message: string): string {
  const marker = "Invalid value: ";
  const parts = message.split(marker);
  const [head = "", ...rest] = parts;
  return head + rest.map((part) => marker + shortenValue(part)).join("");
}

// The value ends where its explanation begins: `: field is immutable`, `: must be ...`, always the last ": " before the next cause.
function shortenValue(part: string): string {
  if (part.length <= LONGEST_VALUE) return part;
  const end = part.lastIndexOf(": ");
  if (end < 0) return `${part.slice(0, LONGEST_VALUE)}…`;
  return end <= LONGEST_VALUE ? part : `(not shown)${part.slice(end)}`;
}
