import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { quiet } from "../testing/app-fakes.ts";
import { openDatabase } from "./database.ts";
import type { Database } from "./database.ts";

const ready = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const authenticated = Buffer.concat([Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]), ready]);
const done = Buffer.concat([Buffer.from([0x43, 0, 0, 0, 13]), Buffer.from("SELECT 0\0"), ready]);

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A server that speaks just enough of Postgres' protocol; it cuts the connection at the first `cuts` statements. */
async function startServer(cuts: number): Promise<{ url: string; statements: string[] }> {
  const statements: string[] = [];
  const serve = (socket: Socket): void => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write(authenticated);
      socket.on("data", (data) => {
        if (data[0] !== 0x51) return;
        statements.push(data.toString("utf8", 5, data.length - 1));
        if (statements.length <= cuts) socket.destroy();
        else socket.write(done);
      });
    });
  };
  const server = createServer(serve).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(() => server.close());
  return { url: `postgres://app@127.0.0.1:${(server.address() as AddressInfo).port}/app`, statements };
}

function open(url: string, replicaUrls: string[] = []): Database {
  const db = openDatabase({ url, replicaUrls, name: "test", log: quiet.log });
  cleanUps.unshift(db.close);
  return db;
}

test("an idempotent statement is tried once more after a cut connection", async () => {
  const { url, statements } = await startServer(1);
  const db = open(url);
  expect(db.lastAnswerAt()).toBe(Number.NEGATIVE_INFINITY);
  expect(await db.query("select 1")).toEqual([]);
  expect(statements).toEqual(["select 1", "select 1"]);
  expect(db.lastAnswerAt()).toBeGreaterThan(0);
});

test("and only once", async () => {
  const { url, statements } = await startServer(2);
  await expect(open(url).query("select 1")).rejects.toThrow("Connection terminated");
  expect(statements).toHaveLength(2);
});

test("a transaction is never repeated", async () => {
  const { url, statements } = await startServer(1);
  await expect(open(url).transaction(async (execute) => execute("select 1"))).rejects.toThrow("Connection terminated");
  expect(statements).toEqual(["begin"]);
});

test("a transaction commits, or rolls back when its work fails", async () => {
  const { url, statements } = await startServer(0);
  const db = open(url);
  expect(await db.transaction(async (execute) => execute("select 1"))).toEqual([]);
  await expect(db.transaction(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(statements).toEqual(["begin", "select 1", "commit", "begin", "rollback"]);
});

test("stale reads go to the replica, and to the primary when it fails", async () => {
  const primary = await startServer(0);
  const replica = await startServer(1);
  const db = open(primary.url, [replica.url]);
  await db.readStale("select 1");
  await db.readStale("select 2");
  expect(replica.statements).toEqual(["select 1", "select 2"]);
  expect(primary.statements).toEqual(["select 1"]);
});
