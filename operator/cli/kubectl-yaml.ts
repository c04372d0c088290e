import { Composer, LineCounter, Parser, visit } from "yaml";
import type { Document, ScalarTag, SchemaOptions } from "yaml";
import { CommandError } from "./terminal.ts";

/**
 * Scalars as kubectl reads them: it has a library of its own (https://github.com/kubernetes-sigs/yaml), which knows YAML 1.1's truth
 * values and merge keys, Go's numbers (010 is 8, 0o17, 1_000), no sexagesimal numbers, and leaves times as text.
 */
const bool: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/u,
  resolve: (text) => /^(?:y|t|on)/iu.test(text),
};
const none: ScalarTag = {
  tag: "tag:yaml.org,2002:null",
  default: true,
  test: /^(?:~|null|Null|NULL)?$/u,
  resolve: () => null,
};
const integer: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?(?:0[0-7_]*|0[oO][0-7_]+|0[xX][0-9a-fA-F_]+|0[bB][01_]+|[1-9][0-9_]*)$/u,
  resolve: integerOf,
};
const float: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/u,
  resolve: (text) => Number(text.replaceAll("_", "")),
};
const infinite: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/u,
  resolve: (_text, onError) => {
    onError("is no number that a manifest can hold");
    return null;
  },
};

function integerOf(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/u, "").replaceAll("_", "");
  const isOctal = /^0[0-7]+$/u.test(digits);
  // Adding 0 makes 0 of -0.
  return 0 + sign * Number(isOctal ? `0o${digits.slice(1)}` : digits.toLowerCase());
}

const options: SchemaOptions & { readonly version: "1.1"; readonly uniqueKeys: true } = {
  version: "1.1",
  schema: "failsafe",
  merge: true,
  customTags: (tags) => [...tags, none, bool, integer, float, infinite],
  uniqueKeys: true,
};

/** The values of all documents of a text, as kubectl would send them; the error says in one line what is wrong with the text. */
export function readYaml(file: string, text: string): readonly unknown[] {
  try {
    const lines = new LineCounter();
    const composer = new Composer({ ...options, lineCounter: lines });
    return [...composer.compose(new Parser(lines.addNewLine).parse(text))].map((document) => valueOf(file, document, lines));
  } catch (cause) {
    if (cause instanceof RangeError) throw new CommandError(`${file} is nested too deeply`, { cause });
    throw cause;
  }
}

function valueOf(file: string, document: Document.Parsed, lines: LineCounter): unknown {
  const [error] = document.errors;
  if (error?.code === "RESOURCE_EXHAUSTION") throw new RangeError(error.message, { cause: error });
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new CommandError(`${file} is not YAML: line ${line}, column ${col}: ${firstLine(error.message)}`, { cause: error });
  }
  refuseBadAliases(file, document, lines);
  try {
    return document.toJS({ maxAliasCount: 1000 });
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    throw new CommandError(`${file} repeats itself by its aliases (*name) without measure: write the values out`, { cause });
  }
}

/** An alias needs an anchor before it; one within its own anchor has no end. */
function refuseBadAliases(file: string, document: Document.Parsed, lines: LineCounter): void {
  visit(document, {
    Alias(_key, alias, path) {
      const { line } = lines.linePos(alias.range?.[0] ?? 0);
      if (path.some((parent) => "anchor" in parent && parent.anchor === alias.source)) {
        throw new CommandError(
          `${file}, line ${line}: the alias *${alias.source} stands within its own anchor, which has no end: write the value out`,
        );
      }
      if (alias.resolve(document) === undefined) {
        throw new CommandError(
          `${file}, line ${line}: the alias *${alias.source} has no anchor before it: correct its name, or write &${alias.source}`,
        );
      }
    },
  });
}

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line [0-9]+, column [0-9]+:?$/u, "");
}
