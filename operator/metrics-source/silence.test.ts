import { expect, test } from "vitest";
import { describeSilence } from "./silence.ts";

test.each([
  [400, /web\.metrics\.host/],
  [421, /web\.metrics\.host/],
  [401, /without authentication.*web\.metrics\.port/],
  [403, /without authentication.*web\.metrics\.port/],
  [404, /web\.metrics\.path/],
  [503, /has status 503$/],
])("a status %d names what to look at", (status, words) => {
  const said = describeSilence({ port: 3000, path: "/metrics" }, { reason: `the answer has status ${status}`, status });
  expect(said).toContain(`GET /metrics at port 3000: the answer has status ${status}`);
  expect(said).toMatch(words);
});

test("no answer names no field", () => {
  expect(describeSilence({ port: 80, path: "/m" }, { reason: "the connection is refused" })).toBe(
    "GET /m at port 80: the connection is refused",
  );
});
