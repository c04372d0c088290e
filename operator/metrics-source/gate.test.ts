import { expect, test } from "vitest";
import { createGate } from "./gate.ts";

test("lets a bounded number of tasks run, in their order, and frees the place of a task that failed", async () => {
  const gate = createGate(2);
  const started: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const tasks = [0, 1, 2, 3, 4].map((task) =>
    gate.run(async () => {
      started.push(task);
      const failed = await new Promise<boolean>((resolve) => ends.push(resolve));
      if (failed) throw new Error(`task ${task}`);
      return task;
    }),
  );
  const outcomes = Promise.allSettled(tasks);
  await tick();
  expect(started).toEqual([0, 1]);
  ends[1]?.(true);
  await tick();
  expect(started).toEqual([0, 1, 2]);
  ends[0]?.(false);
  ends[2]?.(true);
  await tick();
  expect(started).toEqual([0, 1, 2, 3, 4]);
  ends[3]?.(false);
  ends[4]?.(false);
  expect((await outcomes).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled", "fulfilled"]);
  await expect(gate.run(() => Promise.resolve("again"))).resolves.toBe("again");
});

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
