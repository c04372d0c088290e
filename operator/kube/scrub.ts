/** Characters of a refused value that are shown at most. */
const LONGEST_VALUE = 80;
/** Characters of a whole message: room for the path and reason of each of some dozen causes. */
const LONGEST_MESSAGE = 4000;
const HIDDEN = "(not shown)";

/** What the API server writes before a value that it quotes: the types of field errors that carry one. */
const marker = /(?:Invalid value|Unsupported value|Duplicate value|Not found): /gu;
/** Fields whose values may be secret, however short they are. */
const secretPath = /(?:^|[.[])(?:env|args|command|data|stringData|binaryData|annotations)(?:$|[.[])/u;
const closing: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

/**
 * A Status message without what it may quote: the API server prints the refused value, for an immutable pod template the
 * whole template with every environment variable, and proxies quote URLs with their passwords. The path and the reason of every cause stay.
 */
export function scrubMessage(message: string): string {
  const masked = maskPasswords(message);
  let result = "";
  let from = 0;
  for (const { index, 0: text } of masked.matchAll(marker)) {
    // A marker within a value that has been dropped already.
    if (index < from) continue;
    const start = index + text.length;
    const end = endOfValue(masked, start);
    result += masked.slice(from, start) + shownValue(masked.slice(start, end), pathBefore(masked, index));
    from = end;
  }
  return cut(result + masked.slice(from));
}

/** The message of one cause, whose path stands beside it. */
export function scrubCause(message: string, field: string | undefined): string {
  const prefix = field === undefined ? "" : `${field}: `;
  return scrubMessage(prefix + message).slice(prefix.length);
}

function maskPasswords(message: string): string {
  return message.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, "$1:***@");
}

function cut(message: string): string {
  return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
}

function pathBefore(message: string, index: number): string {
  return /([^\s,]+): $/u.exec(message.slice(Math.max(0, index - 300), index))?.[1] ?? "";
}

/** A short word or number helps to find the mistake; a structure holds whatever its author put there. */
function shownValue(value: string, path: string): string {
  const isPlain = value.length <= LONGEST_VALUE && !/[{}]/u.test(value);
  return isPlain && !secretPath.test(path) ? value : HIDDEN;
}

/**
 * Where a value ends that was printed as JSON, as Go syntax or as a quoted text: at the `: ` before its explanation or the `, ` before the
 * next cause. One that was cut off before its end reaches to the end of the message.
 */
function endOfValue(message: string, start: number): number {
  const open: string[] = [];
  for (let at = start; at < message.length; at++) {
    const char = message[at] ?? "";
    if (char === '"') at = endOfText(message, at);
    else if (closing[char] !== undefined) open.push(closing[char]);
    else if (char === open.at(-1)) open.pop();
    else if (open.length === 0 && (isBreak(message, at) || char === "]")) return at;
  }
  return message.length;
}

function isBreak(message: string, at: number): boolean {
  return (message[at] === ":" || message[at] === ",") && message[at + 1] === " ";
}

/** The index of the quote that ends a text. */
function endOfText(message: string, start: number): number {
  for (let at = start + 1; at < message.length; at++) {
    if (message[at] === "\\") at++;
    else if (message[at] === '"') return at;
  }
  return message.length;
}
