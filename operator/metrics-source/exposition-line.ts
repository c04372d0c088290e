/** One sample of a Prometheus text page. */
export interface Sample {
  readonly name: string;
  /** A Map, because `__proto__` is a valid label name. */
  readonly labels: ReadonlyMap<string, string>;
  /** May be NaN or infinite. */
  readonly value: number;
  /** As written: milliseconds in the 0.0.4 format, seconds in OpenMetrics. */
  readonly timestamp?: number;
}

interface Cursor {
  readonly text: string;
  readonly end: number;
  at: number;
}

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const special: ReadonlyMap<string, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
  ["infinity", Infinity],
  ["+infinity", Infinity],
  ["-infinity", -Infinity],
]);

/** Parses the line between two offsets; undefined where it is not a valid sample of either text format. */
export function parseSampleLine(text: string, start: number, end: number): Sample | undefined {
  const cursor: Cursor = { text, end, at: start };
  skipBlanks(cursor);
  const name = readName(cursor, true);
  if (name === undefined) return undefined;
  const afterName = cursor.at;
  skipBlanks(cursor);
  const labels = readOptionalLabels(cursor);
  if (labels === undefined || cursor.at === afterName) return undefined;
  const value = readNumber(cursor);
  if (value === undefined) return undefined;
  const timestamp = cursor.at < end && code(cursor) !== HASH ? readNumber(cursor) : undefined;
  if (!endsHere(cursor)) return undefined;
  return timestamp === undefined ? { name, labels, value } : { name, labels, value, timestamp };
}

/** The offset of the first character from `at` on that is neither a space nor a tab. */
export function afterBlanks(text: string, at: number, end: number): number {
  let next = at;
  while (next < end && isBlank(text.charCodeAt(next))) next += 1;
  return next;
}

/** The offset of the first space or tab from `at` on, or the end. */
export function endOfWord(text: string, at: number, end: number): number {
  let next = at;
  while (next < end && !isBlank(text.charCodeAt(next))) next += 1;
  return next;
}

/** Parses a float as the formats write it; undefined for hexadecimal, empty or other words. */
export function parseFloatWord(word: string): number | undefined {
  return decimal.test(word) ? Number(word) : special.get(word.toLowerCase());
}

/** Replaces the escapes of a quoted text or a HELP text; an unknown escape stays as it is, as Prometheus reads it. */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replaceAll(/\\([\\n"])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
}

/** True for the characters of a metric name: letters, digits (not first), underscore and colon. */
export function isNameCode(charCode: number, first: boolean, colon: boolean): boolean {
  const lower = charCode | 32;
  if ((lower >= 97 && lower <= 122) || charCode === 95) return true;
  if (charCode === COLON) return colon;
  return !first && charCode >= 48 && charCode <= 57;
}

function isBlank(charCode: number): boolean {
  return charCode === SPACE || charCode === TAB;
}

function code(cursor: Cursor): number {
  return cursor.at < cursor.end ? cursor.text.charCodeAt(cursor.at) : -1;
}

function skipBlanks(cursor: Cursor): void {
  cursor.at = afterBlanks(cursor.text, cursor.at, cursor.end);
}

function readName(cursor: Cursor, colon: boolean): string | undefined {
  const start = cursor.at;
  while (isNameCode(code(cursor), cursor.at === start, colon)) cursor.at += 1;
  return cursor.at === start ? undefined : cursor.text.slice(start, cursor.at);
}

const noLabels: ReadonlyMap<string, string> = new Map();

function readOptionalLabels(cursor: Cursor): ReadonlyMap<string, string> | undefined {
  if (code(cursor) !== OPEN) return noLabels;
  const labels = readLabels(cursor);
  skipBlanks(cursor);
  return labels;
}

function readLabels(cursor: Cursor): Map<string, string> | undefined {
  const labels = new Map<string, string>();
  cursor.at += 1;
  for (;;) {
    skipBlanks(cursor);
    if (code(cursor) === CLOSE) break;
    if (!readLabel(cursor, labels)) return undefined;
    skipBlanks(cursor);
    if (code(cursor) !== COMMA) break;
    cursor.at += 1;
  }
  if (code(cursor) !== CLOSE) return undefined;
  cursor.at += 1;
  return labels;
}

function readLabel(cursor: Cursor, labels: Map<string, string>): boolean {
  // A name in quotes is how Prometheus 3 writes names with dots.
  const name = code(cursor) === QUOTE ? readQuoted(cursor) : readName(cursor, false);
  skipBlanks(cursor);
  if (name === undefined || labels.has(name) || code(cursor) !== EQUALS) return false;
  cursor.at += 1;
  skipBlanks(cursor);
  const value = readQuoted(cursor);
  if (value === undefined) return false;
  labels.set(name, value);
  return true;
}

function readQuoted(cursor: Cursor): string | undefined {
  if (code(cursor) !== QUOTE) return undefined;
  const start = cursor.at + 1;
  for (let at = start; at < cursor.end; at += 1) {
    const charCode = cursor.text.charCodeAt(at);
    if (charCode === BACKSLASH) at += 1;
    if (charCode !== QUOTE) continue;
    cursor.at = at + 1;
    return unescapeText(cursor.text.slice(start, at));
  }
  return undefined;
}

function readNumber(cursor: Cursor): number | undefined {
  const end = endOfWord(cursor.text, cursor.at, cursor.end);
  const value = parseFloatWord(cursor.text.slice(cursor.at, end));
  if (value === undefined) return undefined;
  cursor.at = end;
  skipBlanks(cursor);
  return value;
}

/** Nothing follows but, in OpenMetrics, one valid exemplar: `# {labels} value [timestamp]`. */
function endsHere(cursor: Cursor): boolean {
  if (cursor.at === cursor.end) return true;
  if (code(cursor) !== HASH) return false;
  cursor.at += 1;
  skipBlanks(cursor);
  if (code(cursor) !== OPEN || readLabels(cursor) === undefined) return false;
  skipBlanks(cursor);
  if (readNumber(cursor) === undefined) return false;
  return cursor.at === cursor.end || (readNumber(cursor) !== undefined && cursor.at === cursor.end);
}
