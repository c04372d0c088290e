import { expect, test } from "vitest";
import { fillQuery, podPattern } from "./fill-query.ts";

test("fills the places of a user's expression", () => {
  const values = { app: 'sh"op', candidate: "r2" };
  expect(fillQuery('up{app="{{app}}",release="{{ candidate }}",x="{{other}}",y="{{constructor}}"}', values)).toBe(
    'up{app="sh\\"op",release="r2",x="{{other}}",y="{{constructor}}"}',
  );
});

test.each([
  [["shop-web-1", "shop.web-2"], String.raw`shop-web-1|shop\.web-2`],
  [[], "-"],
])("the pods %j are matched by %s", (names, pattern) => {
  expect(podPattern(names)).toBe(pattern);
});
