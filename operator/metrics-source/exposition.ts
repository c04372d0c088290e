import { afterBlanks, endOfWord, isNameCode, parseSampleLine, unescapeText } from "./exposition-line.ts";
import type { Sample } from "./exposition-line.ts";

/** Lines of one page that are read at most; what follows makes the page `truncated`. */
const MAX_EXPOSITION_LINES = 100_000;

/** What a page says of a family beside its samples. */
export interface FamilyDeclaration {
  type?: string;
  help?: string;
}

/** What was found on a page, beside the samples that were handed out. */
export interface ExpositionReport {
  /** The wanted families that the page names, by HELP, TYPE or a sample. */
  readonly families: ReadonlyMap<string, FamilyDeclaration>;
  /** Lines of wanted families that are neither a valid sample nor a valid declaration; they are skipped. */
  readonly malformed: number;
  /** True where the page has more lines than were read: its samples are not to be trusted as totals. */
  readonly truncated: boolean;
}

const types = new Set(["counter", "gauge", "histogram", "summary", "untyped", "unknown", "info", "stateset", "gaugehistogram"]);
const suffixes = new Set(["_bucket", "_count", "_sum", "_created", "_total", "_info", "_gcount", "_gsum"]);
const HASH = 35;

interface Reading {
  readonly text: string;
  readonly wanted: readonly string[];
  readonly visit: (sample: Sample) => void;
  readonly families: Map<string, FamilyDeclaration>;
  malformed: number;
}

/**
 * Reads a page of the Prometheus text format (0.0.4 or OpenMetrics 1.0) and hands out the samples of the wanted families only.
 * Lines of other families are skipped without being parsed, so a large page costs little more than finding its line ends.
 */
export function readExposition(
  text: string,
  wanted: readonly string[],
  visit: (sample: Sample) => void,
  maxLines: number = MAX_EXPOSITION_LINES,
): ExpositionReport {
  const reading: Reading = { text, wanted, visit, families: new Map(), malformed: 0 };
  let at = 0;
  let lines = 0;
  while (at < text.length && lines < maxLines) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline;
    if (!readLine(reading, at, end)) break;
    at = end + 1;
    lines += 1;
  }
  const { families, malformed } = reading;
  return { families, malformed, truncated: lines === maxLines && at < text.length };
}

/** False where the page ends here, as OpenMetrics marks it. */
function readLine(reading: Reading, start: number, end: number): boolean {
  const { text } = reading;
  const at = afterBlanks(text, start, end);
  if (at === end) return true;
  if (text.charCodeAt(at) === HASH) return readComment(reading, at, end);
  const family = familyAt(reading, at, end);
  if (family === undefined) return true;
  const sample = parseSampleLine(text, at, end);
  if (sample === undefined) {
    reading.malformed += 1;
    return true;
  }
  declare(reading, family);
  reading.visit(sample);
  return true;
}

function readComment(reading: Reading, hash: number, end: number): boolean {
  const { text } = reading;
  const at = afterBlanks(text, hash + 1, end);
  const wordEnd = endOfWord(text, at, end);
  const word = text.slice(at, Math.min(wordEnd, at + 5));
  if (word === "EOF") return text.slice(hash, end) !== "# EOF";
  if (word !== "TYPE" && word !== "HELP") return true;
  const nameStart = afterBlanks(text, wordEnd, end);
  const nameEnd = endOfWord(text, nameStart, end);
  const name = reading.wanted.find((family) => family.length === nameEnd - nameStart && text.startsWith(family, nameStart));
  if (name === undefined) return true;
  const rest = text.slice(Math.min(nameEnd + 1, end), end);
  if (word === "HELP") declare(reading, name).help = unescapeText(rest);
  else readType(reading, name, rest.trim());
  return true;
}

function readType(reading: Reading, name: string, type: string): void {
  if (types.has(type)) declare(reading, name).type = type;
  else reading.malformed += 1;
}

function declare(reading: Reading, family: string): FamilyDeclaration {
  const known = reading.families.get(family);
  if (known !== undefined) return known;
  const declaration: FamilyDeclaration = {};
  reading.families.set(family, declaration);
  return declaration;
}

function familyAt(reading: Reading, at: number, end: number): string | undefined {
  return reading.wanted.find((family) => reading.text.startsWith(family, at) && endsFamily(reading.text, at + family.length, end));
}

function endsFamily(text: string, at: number, end: number): boolean {
  let nameEnd = at;
  while (nameEnd < end && isNameCode(text.charCodeAt(nameEnd), false, true)) nameEnd += 1;
  return nameEnd === at || suffixes.has(text.slice(at, nameEnd));
}
