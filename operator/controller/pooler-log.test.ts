import { expect, test } from "vitest";
import { createPoolerLogReader } from "./pooler-log.ts";
import { refusal } from "../testing/fake-client.ts";

const start = Date.UTC(2026, 10, 27, 8);
const job = { namespace: "retail", pod: "web-1", life: "uid-1/0", since: new Date(start).toISOString() };
const wrong = "FATAL password authentication failed for user shop";

/** A log that grows; what is read of it, and how often, at a time after the start of the pooler. */
function createReader() {
  const log = { text: "", reads: 0, error: undefined as unknown };
  let now = start;
  const podLogs = async () => {
    log.reads++;
    if (log.error !== undefined) throw log.error;
    return log.text;
  };
  const read = createPoolerLogReader({ podLogs }, () => now);
  return {
    log,
    async at(seconds: number, jobs = [job]) {
      now = start + seconds * 1000;
      return read(jobs);
    },
  };
}

test("a log is not read before the app had a chance to connect, and what it says is read once", async () => {
  const reader = createReader();
  reader.log.text = wrong;
  expect(await reader.at(14)).toEqual({});
  expect(reader.log.reads).toBe(0);
  expect(await reader.at(15)).toEqual({ "web-1": wrong });
  expect(await reader.at(600)).toEqual({ "web-1": wrong });
  expect(reader.log.reads).toBe(1);
});

test("a log that says nothing is read again, ever less often and at most four times", async () => {
  const reader = createReader();
  for (const seconds of [15, 20, 45, 60, 120, 200, 300, 900]) expect(await reader.at(seconds)).toEqual({});
  expect(reader.log.reads).toBe(4);
});

test("after a restart of a container it is read again", async () => {
  const reader = createReader();
  reader.log.text = wrong;
  await reader.at(15);
  reader.log.text = "all is well";
  expect(await reader.at(20, [{ ...job, life: "uid-1/1" }])).toEqual({});
  expect(reader.log.reads).toBe(2);
});

test("a log that may not be read keeps nothing back", async () => {
  const reader = createReader();
  reader.log.error = refusal(403, "Forbidden");
  expect(await reader.at(15)).toEqual({});
});

test("any other error is not swallowed", async () => {
  const reader = createReader();
  reader.log.error = new TypeError("a bug");
  await expect(reader.at(15)).rejects.toThrow("a bug");
});
