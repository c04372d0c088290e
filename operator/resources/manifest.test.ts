import { expect, test } from "vitest";
import { withoutEmpty } from "./manifest.ts";

test("drops undefined values, empty maps and empty lists at any depth", () => {
  const value = { a: undefined, b: {}, c: [], d: { e: { f: [] } }, g: 0, h: "", i: false, j: null };
  expect(withoutEmpty(value)).toStrictEqual({ g: 0, h: "", i: false, j: null });
});

test("keeps an empty map whose presence means something", () => {
  expect(withoutEmpty({ volumes: [{ name: "tmp", emptyDir: {} }] })).toStrictEqual({ volumes: [{ name: "tmp", emptyDir: {} }] });
});

test("keeps items of a list in their places", () => {
  expect(withoutEmpty({ egress: [{}, { ports: [] }] })).toStrictEqual({ egress: [{}, {}] });
});

test("leaves its argument as it was", () => {
  const value = { a: { b: [] } };
  withoutEmpty(value);
  expect(value).toStrictEqual({ a: { b: [] } });
});
