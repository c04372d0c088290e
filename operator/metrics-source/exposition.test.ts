import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readExposition } from "./exposition.ts";
import type { Sample } from "./exposition-line.ts";

interface Line {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  readonly timestamp: number | undefined;
  readonly exemplar: { readonly trace: string; readonly value: number; readonly at: number | undefined } | undefined;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function float(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function render(line: Line): string {
  const labels = line.labels.map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
  const braces = line.labels.length === 0 ? "" : `{${labels}}`;
  const timestamp = line.timestamp === undefined ? "" : ` ${line.timestamp}`;
  const { exemplar } = line;
  if (exemplar === undefined) return `${line.name}${braces} ${float(line.value)}${timestamp}`;
  const at = exemplar.at === undefined ? "" : ` ${exemplar.at}`;
  return `${line.name}${braces} ${float(line.value)}${timestamp} # {trace_id="${escaped(exemplar.trace)}"} ${float(exemplar.value)}${at}`;
}

const labelName = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/);
const anyText = fc.string({ unit: "binary", maxLength: 12 });
const anyFloat = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, Infinity, -Infinity));
const anyLine: fc.Arbitrary<Line> = fc.record({
  name: fc.constantFrom("wanted", "wanted_bucket", "wanted_sum", "wanted_count", "wanted_total"),
  labels: fc.uniqueArray(fc.tuple(labelName, anyText), { maxLength: 5, selector: ([name]) => name }),
  value: anyFloat,
  timestamp: fc.option(fc.integer(), { nil: undefined }),
  exemplar: fc.option(
    fc.record({ trace: anyText, value: anyFloat, at: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }), { nil: undefined }) }),
    { nil: undefined },
  ),
});
const noise = fc.constantFrom(
  "",
  "  ",
  "# a comment",
  "# HELP other words",
  "other 1",
  'wanted_else{a="b"} 2',
  "wantedx 3",
  "<html>",
  "}{ broken",
);

function samplesOf(text: string, wanted: readonly string[] = ["wanted"]): { samples: Sample[]; malformed: number } {
  const samples: Sample[] = [];
  const { malformed } = readExposition(text, wanted, (sample) => samples.push(sample));
  return { samples, malformed };
}

test("reads back every page that can be rendered, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyLine, noise), { maxLength: 20 }), fc.boolean(), (lines, open) => {
      const text = lines.map((line) => (typeof line === "string" ? line : render(line))).join("\n") + (open ? "" : "\n# EOF\n");
      const expected = lines
        .filter((line) => typeof line !== "string")
        .map((line) => ({
          name: line.name,
          labels: new Map(line.labels),
          // -0 is written as 0.
          value: line.value === 0 ? 0 : line.value,
          ...(line.timestamp === undefined ? {} : { timestamp: line.timestamp }),
        }));
      expect(samplesOf(text)).toEqual({ samples: expected, malformed: 0 });
    }),
  );
});

test("never throws, whatever the page holds", () => {
  const fragment = fc.oneof(
    anyText,
    fc.constantFrom("wanted", "{", "}", '"', "\\", "=", ",", " ", "#", "\n", "# TYPE wanted ", "1", "NaN"),
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
      const text = fragments.join("");
      const { samples, malformed } = samplesOf(text);
      expect(samples.length + malformed).toBeLessThanOrEqual(text.split("\n").length);
    }),
  );
});

describe("lines of a wanted family that are malformed are counted and skipped", () => {
  test.each([
    "wanted",
    "wanted{",
    "wanted{} ",
    "wanted one",
    "wanted 0x10",
    "wanted 1_000",
    "wanted 1 2 3",
    "wanted 1 now",
    "wanted{a} 1",
    "wanted{a=} 1",
    "wanted{a=b} 1",
    'wanted{a="b} 1',
    'wanted{a="b\\"} 1',
    'wanted{a="b" c="d"} 1',
    "wanted{,} 1",
    'wanted{a="b",,} 1',
    'wanted{a="b",a="c"} 1',
    'wanted{1a="b"} 1',
    'wanted{a:b="c"} 1',
    "wanted 1\r",
    "wanted 1 # exemplar",
    'wanted 1 # {a="b"}',
    'wanted 1 # {a="b"} 1 2 3',
    "# TYPE wanted histogramm",
  ])("%j", (line) => {
    expect(samplesOf(`wanted 1\n${line}\nwanted 2\n`)).toMatchObject({ samples: [{ value: 1 }, { value: 2 }], malformed: 1 });
  });
});

test.each([
  ["blanks wherever they may stand", '\t wanted \t{ a = "b" , } \t 1 \t 2 \t', { value: 1, timestamp: 2, labels: new Map([["a", "b"]]) }],
  ["no blank after the labels", 'wanted{a="b"}1', { value: 1 }],
  ["names in quotes", 'wanted{"http.route"="/x"} 1', { labels: new Map([["http.route", "/x"]]) }],
  [
    "a label that every object has",
    'wanted{__proto__="x",constructor="y"} 1',
    {
      labels: new Map([
        ["__proto__", "x"],
        ["constructor", "y"],
      ]),
    },
  ],
  ["an unknown escape as it stands", 'wanted{a="\\d"} 1', { labels: new Map([["a", "\\d"]]) }],
  ["closing braces and hashes in values", 'wanted{a="} # {"} 1', { labels: new Map([["a", "} # {"]]) }],
  ["numbers in every notation", "wanted -1.5E+3", { value: -1500 }],
])("accepts %s", (_, line, expected) => {
  expect(samplesOf(line)).toMatchObject({ samples: [expected], malformed: 0 });
});

test("says what the page declares of the wanted families", () => {
  const page = "# HELP wanted Two\\nlines, a \\\\ and so on\n# TYPE wanted histogram\n# HELP absent no\n# TYPE other gauge\nseen 1\n";
  const { families } = readExposition(page, ["wanted", "seen", "missing"], () => undefined);
  expect([...families]).toEqual([
    ["wanted", { help: "Two\nlines, a \\ and so on", type: "histogram" }],
    ["seen", {}],
  ]);
});

test("stops at the mark that ends an OpenMetrics page", () => {
  expect(samplesOf("wanted 1\n# EOF\nwanted 2\n").samples).toHaveLength(1);
  expect(samplesOf("wanted 1\n# EOF of something else\nwanted 2\n").samples).toHaveLength(2);
});

test("reads no more lines than it may, and says so", () => {
  const page = "wanted 1\n".repeat(5);
  expect(readExposition(page, ["wanted"], () => undefined, 5).truncated).toBe(false);
  const samples: Sample[] = [];
  expect(readExposition(page, ["wanted"], (sample) => samples.push(sample), 4).truncated).toBe(true);
  expect(samples).toHaveLength(4);
});

test("skips a megabyte of other families quickly", () => {
  const page = 'other_family_of_the_app_bucket{method="GET",route="/api/products/:id",le="0.5"} 12345\n'.repeat(12_000) + "wanted 7\n";
  expect(page.length).toBeGreaterThan(1_000_000);
  const started = performance.now();
  for (let round = 0; round < 5; round += 1) expect(samplesOf(page).samples).toHaveLength(1);
  // About 1 ms a page on an idle core; the bound leaves room for a busy one.
  expect((performance.now() - started) / 5).toBeLessThan(100);
});
