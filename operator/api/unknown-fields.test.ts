import { expect, test } from "vitest";
import { FULL_SPEC, MINIMAL_MANIFEST } from "./testdata/valid-manifests.ts";
import { parseScalableApp } from "./parse.ts";
import { unknownFields, withKnownFields, withoutUnknownFields } from "./unknown-fields.ts";

test("a spec of this version has no unknown field, and stays as it is", () => {
  expect(withoutUnknownFields(FULL_SPEC)).toEqual({ spec: FULL_SPEC, unknown: [] });
});

test.each([
  ["beside the others", { turbo: 1 }, ["spec.turbo"]],
  ["within a component", { web: { turbo: 1, port: 3000 } }, ["spec.web.turbo"]],
  [
    "within entries",
    {
      workers: [
        { name: "a", command: ["a"] },
        { name: "b", command: ["b"], turbo: 1 },
      ],
    },
    ["spec.workers[1].turbo"],
  ],
  ["named like something that every object has", { web: { constructor: 1 } }, ["spec.web.constructor"]],
])("one %s is named and taken out, and the rest is valid", (_where, fields, paths) => {
  const raw = { ...MINIMAL_MANIFEST, spec: { image: "shop:1", ...fields } };
  expect(unknownFields(raw.spec)).toEqual(paths);
  expect(parseScalableApp(withKnownFields(raw))).toMatchObject({ ok: true });
  // Files are read strictly: there it is a slip of the pen.
  expect(parseScalableApp(raw)).toMatchObject({ ok: false, problems: paths.map((path) => ({ path })) });
});

test("what an overlay, a label or a query holds is the user's, whatever it is called", () => {
  const spec = { overlays: { web: { spec: { turbo: 1 } } }, podMetadata: { labels: { turbo: "1" } } };
  expect(unknownFields(spec)).toEqual([]);
});

test.each([undefined, null, "text", [1]])("whatever is no spec is left alone: %j", (spec) => {
  expect(unknownFields(spec)).toEqual([]);
});
