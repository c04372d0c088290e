import { expect, test } from "vitest";
import { REQUEST_ACTIONS, REQUESTS, requestsOf } from "./requests.ts";

test("requests are read from annotations, others are ignored", () => {
  expect(requestsOf({ "scalableapp.dev/retry": "7", "scalableapp.dev/pause": "", "example.com/abort": "1" })).toEqual([
    { action: "retry", id: "7" },
  ]);
});

test("an id that is too long is cut, so that status stays small", () => {
  expect(requestsOf({ "scalableapp.dev/promote": "x".repeat(500) })[0]?.id).toHaveLength(63);
});

test("every action is listed once", () => {
  expect([...REQUEST_ACTIONS].toSorted()).toEqual(Object.keys(REQUESTS).toSorted());
});
