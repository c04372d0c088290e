import { expect, test } from "vitest";
import { createPoller } from "./poller.ts";

/** A poller that asks once for each job; its answers come when the test gives them. */
function createAsker(keepsAnswer: boolean) {
  const open: ((answer: string) => void)[] = [];
  const poller = createPoller<string, string>({
    read: async () => new Promise((resolve) => open.push(resolve)),
    onChange() {},
    onError() {},
    keepsAnswer,
    after: () => () => {},
  });
  return {
    poller,
    async answers(text: string) {
      open.shift()?.(text);
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

test.each([
  [true, "old"],
  [false, undefined],
])("whether the newest answer holds while a job that changed is asked about: %s", async (keepsAnswer, expected) => {
  const { poller, answers } = createAsker(keepsAnswer);
  poller.watch("shop", "one");
  await answers("old");
  expect(poller.answer("shop")).toBe("old");
  poller.watch("shop", "two");
  expect(poller.answer("shop")).toBe(expected);
  await answers("new");
  expect(poller.answer("shop")).toBe("new");
});

test("an app that is not watched any more has no answer, and gets none when it is watched again", async () => {
  const { poller, answers } = createAsker(true);
  poller.watch("shop", "one");
  await answers("old");
  poller.unwatch("shop");
  poller.watch("shop", "one");
  expect(poller.answer("shop")).toBeUndefined();
});
