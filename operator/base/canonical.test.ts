import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, hashText, hashValue } from "./canonical.ts";

test.each([
  [{ b: 1, a: { d: [2, 1], c: null } }, '{"a":{"c":null,"d":[2,1]},"b":1}'],
  [{ gone: undefined, kept: "" }, '{"kept":""}'],
  [[{ b: 1, a: 2 }], '[{"a":2,"b":1}]'],
  [undefined, ""],
])("%j is written as %s", (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("a hash is the start of the SHA-256, whatever the order of keys, and changes with a list's order", () => {
  expect(hashText("", 8)).toBe("e3b0c442");
  expect(hashValue({ a: 1, b: 2 }, 16)).toBe(hashValue({ b: 2, a: 1, c: undefined }, 16));
  expect(hashValue([1, 2], 16)).not.toBe(hashValue([2, 1], 16));
});

test("the hash does not depend on the order of keys, and does on every value", () => {
  const hash = (value: unknown) => hashValue(value, 16);
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer(), (value, number) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      expect(hash(reversed)).toBe(hash(value));
      expect(hash({ ...value, "a new key": number })).not.toBe(hash({ ...value, "a new key": number + 1 }));
    }),
  );
  expect(hash({ a: undefined })).toBe(hash({}));
  expect(hash({ a: 1 })).toMatch(/^[0-9a-f]{16}$/);
});

test("canonical JSON does not depend on the order of keys, and does on that of lists", () => {
  expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe(canonicalJson({ a: { c: 3, d: 2 }, b: 1 }));
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});
