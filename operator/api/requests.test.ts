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

test("a rollback may name a release after its id, other actions may not", () => {
  expect(requestsOf({ "scalableapp.dev/rollback": "7:0123456789", "scalableapp.dev/retry": "7:0123456789" })).toEqual([
    { action: "retry", id: "7:0123456789" },
    { action: "rollback", id: "7:0123456789", release: "0123456789" },
  ]);
});
