import { isKubeObject } from "./json.ts";
import type { KubeObject } from "../base/object.ts";

/** Packs objects of one kind, and makes them again. */
export interface Packer {
  pack(object: KubeObject): string;
  /** The object, made anew at each call: whoever changes it changes nothing but his own. */
  unpack(packed: string): KubeObject;
}

/** Characters to which a dictionary may grow: a position in it is two bytes. */
const MAX_DICTIONARY = 65_535;
/** Share of its JSON that an object may take before its text is added to the dictionary. */
const POOR_RATIO = 0.2;
/** Characters that a copy has at least; it takes five itself. */
const SHORTEST = 10;
const LONGEST = 65_535;
/** Characters that one run of new text has at most: its length is one byte. */
const LONGEST_RUN = 255;
const TABLE_BITS = 15;

/**
 * Objects of one kind are mostly the same text, so each is kept as where it copies from a dictionary of those that came first, and what is
 * new in between: a Deployment of 2.4 KB of JSON (10 KB of heap) becomes a string of 200 bytes, which the garbage collector need not look
 * into. The dictionary is only ever appended to, so what was packed stays readable.
 */
export function createPacker(): Packer {
  let dictionary = "";
  // For the hash of SHORTEST characters, where in the dictionary they stood last, plus one.
  const table = new Uint16Array(2 ** TABLE_BITS);

  function learn(text: string): void {
    const from = Math.max(0, dictionary.length - SHORTEST);
    dictionary += text;
    for (let at = from; at + SHORTEST <= dictionary.length; at++) table[hashAt(dictionary, at)] = at + 1;
  }

  function matchAt(text: string, at: number): { readonly position: number; readonly length: number } | undefined {
    const position = (table[hashAt(text, at)] ?? 0) - 1;
    if (position < 0) return undefined;
    const most = Math.min(text.length - at, dictionary.length - position, LONGEST);
    let length = 0;
    while (length < most && text.charCodeAt(at + length) === dictionary.charCodeAt(position + length)) length++;
    return length < SHORTEST ? undefined : { position, length };
  }

  function encode(text: string): string {
    const parts: string[] = [];
    let written = 0;
    for (let at = 0; at + SHORTEST <= text.length;) {
      const match = matchAt(text, at);
      if (match === undefined) {
        at++;
        continue;
      }
      parts.push(...runs(text.slice(written, at)), twoBytes(match.position), twoBytes(match.length));
      at += match.length;
      written = at;
    }
    parts.push(...runs(text.slice(written)));
    return parts.join("");
  }

  return {
    pack(object) {
      const text = JSON.stringify(object);
      const packed = encode(text);
      if (packed.length <= text.length * POOR_RATIO || dictionary.length + text.length > MAX_DICTIONARY) return packed;
      learn(text);
      return encode(text);
    },
    unpack(packed) {
      const object: unknown = JSON.parse(decode(packed, dictionary));
      if (!isKubeObject(object)) throw new Error("a cached object is not one any more: this is a fault of the operator");
      return object;
    },
  };
}

/** New text in runs: a byte of length before each, and a copy of nothing between them. */
function runs(text: string): string[] {
  const parts: string[] = [];
  let at = 0;
  for (; text.length - at > LONGEST_RUN; at += LONGEST_RUN)
    parts.push(String.fromCharCode(LONGEST_RUN), text.slice(at, at + LONGEST_RUN), twoBytes(0), twoBytes(0));
  parts.push(String.fromCharCode(text.length - at), text.slice(at));
  return parts;
}

function decode(packed: string, dictionary: string): string {
  let text = "";
  for (let at = 0; at < packed.length;) {
    const end = at + 1 + packed.charCodeAt(at);
    text += packed.slice(at + 1, end);
    at = end;
    if (at === packed.length) break;
    const position = numberAt(packed, at);
    text += dictionary.slice(position, position + numberAt(packed, at + 2));
    at += 4;
  }
  return text;
}

// Two characters below 256 and not one below 65,536: a string with one such character takes two bytes for each of its others.
function twoBytes(value: number): string {
  return String.fromCharCode(value >> 8, value & 0xff);
}

function numberAt(packed: string, at: number): number {
  return (packed.charCodeAt(at) << 8) | packed.charCodeAt(at + 1);
}

function hashAt(text: string, at: number): number {
  let hash = 0;
  for (let index = at; index < at + SHORTEST; index++) hash = Math.imul(hash, 31) + text.charCodeAt(index);
  return Math.imul(hash, 0x9e_37_79_b1) >>> (32 - TABLE_BITS);
}
