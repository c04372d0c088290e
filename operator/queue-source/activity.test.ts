import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readActivity } from "./activity.ts";
import { parseClientList } from "./client-list.ts";

/** The answer of a Redis 7 to connections of BullMQ 6 and of plain commands, with other addresses. */
const connections = parseClientList(readFileSync(new URL("testdata/client-list.txt", import.meta.url), "utf8"));
const [orders, mails] = ["orders", "mails"].map((name) => ({ kind: "bullmq", name }) as const);

describe("the list of connections", () => {
  test("reports address, name, last command, and who waits", () => {
    expect(connections).toHaveLength(9);
    const worker = { name: "bull:b3JkZXJz:w:shop-worker-orders-a", blocked: true, command: "bzpopmin" };
    expect(connections[1]).toEqual({ address: "10.1.0.11", ...worker });
    expect(connections[5]).toMatchObject({ address: "fd00::14", blocked: true });
  });

  test.each(["", "\n", "nonsense", "id=1 addr= flags=b", "id=1 addr=/run/redis.sock:0 flags="])(
    "of nothing useful, %j, is no trouble",
    (text) => {
      expect(readActivity(orders!, parseClientList(text))).toEqual({ idle: [], busy: [], unknown: [] });
    },
  );
});

describe("workers of BullMQ", () => {
  test("wait for a marker while they could take a job, and do not while they have as many as they may", () => {
    expect(readActivity(mails!, connections)).toEqual({ idle: ["fd00::14"], busy: ["10.1.0.13"], unknown: [] });
    expect(readActivity(orders!, connections)).toEqual({ idle: ["10.1.0.11", "10.1.0.12"], busy: [], unknown: [] });
  });

  test("that could take a further job are busy where a job names them", () => {
    const { idle, busy } = readActivity(orders!, connections, ["shop-worker-orders-a"]);
    expect(busy).toEqual(["10.1.0.11", "shop-worker-orders-a"]);
    expect(idle).toContain("10.1.0.12");
  });

  test("of another queue are not counted", () => {
    expect(readActivity({ kind: "bullmq", name: "order" }, connections)).toEqual({ idle: [], busy: [], unknown: [] });
  });
});

test("a job that names nobody may be anybody's", () => {
  expect(readActivity(orders!, connections, ["", "shop-worker-orders-a"]).unknown).toEqual([""]);
});

describe("workers on a stream", () => {
  const stream = { kind: "stream", key: "s", group: "g" } as const;

  test("wait in XREADGROUP; a consumer with pending entries is busy by its name", () => {
    const { idle, busy, unknown } = readActivity(stream, connections, ["shop-worker-jobs-x"]);
    expect(idle).toEqual(["10.1.0.15"]);
    expect(busy).toContain("shop-worker-jobs-x");
    expect(unknown).toEqual(["shop-worker-jobs-x"]);
  });

  test("are known by the name of their connection too", () => {
    expect(readActivity(stream, connections, ["jobs"])).toMatchObject({
      busy: expect.arrayContaining(["10.1.0.17"]) as string[],
      unknown: [],
    });
  });
});
