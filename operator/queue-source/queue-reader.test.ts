import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createQueueReader } from "./queue-reader.ts";

const clientList = readFileSync(new URL("testdata/client-list.txt", import.meta.url), "utf8");
const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (...items: readonly string[]) => `*${items.length}\r\n${items.join("")}`;

/** What the server answers, as a real one was seen to. */
const answers: Readonly<Record<string, string>> = {
  "client LIST": bulk(clientList),
  "lrange bull:orders:active 0 999": list(bulk("7"), bulk("8")),
  "lrange bull:mails:active 0 999": list(),
  "hget bull:orders:7 pb": bulk("shop-worker-orders-b"),
  "hget bull:orders:8 pb": "$-1\r\n",
  "xinfo CONSUMERS events workers": list(
    list(bulk("name"), bulk("shop-worker-events-a"), bulk("pending"), ":2\r\n", bulk("idle"), ":9\r\n"),
    list(bulk("name"), bulk("shop-worker-events-b"), bulk("pending"), ":0\r\n", bulk("idle"), ":9\r\n"),
  ),
  "xinfo CONSUMERS none workers": "-ERR no such key\r\n",
};

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A Redis that answers as the table says, OK to what a client says of itself, and nothing at all where it is mute. */
async function givenRedis(mute = false): Promise<{ readonly host: string; readonly port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      if (mute) return;
      for (const command of chunk
        .toString()
        .split(/^\*\d+\r\n/mu)
        .filter(Boolean)) {
        const words = command.split("\r\n").filter((_length, at) => at % 2 === 1);
        const known = Object.entries(answers).find(([name]) => name.toLowerCase() === words.join(" ").toLowerCase());
        socket.write(known?.[1] ?? (words[0]?.toLowerCase() === "hello" ? list(bulk("proto"), ":3\r\n") : "+OK\r\n"));
      }
    });
  });
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

test("asks the connections, and the jobs that are worked on by whom", async () => {
  const [orders, mails] = await createQueueReader()(await givenRedis(), [
    { kind: "bullmq", name: "orders" },
    { kind: "bullmq", name: "mails" },
  ]);
  // Job 8 names nobody.
  expect(orders).toEqual({ idle: ["10.1.0.11", "10.1.0.12"], busy: ["10.1.0.12", "shop-worker-orders-b"], unknown: [""] });
  expect(mails).toMatchObject({ busy: ["10.1.0.13"], unknown: [] });
});

test("asks a stream which consumers have something pending; one that does not exist yet has none", async () => {
  const [events, none] = await createQueueReader()(await givenRedis(), [
    { kind: "stream", key: "events", group: "workers" },
    { kind: "stream", key: "none", group: "workers" },
  ]);
  expect(events?.busy).toContain("shop-worker-events-a");
  expect(events?.busy).not.toContain("shop-worker-events-b");
  expect(events?.unknown).toEqual(["shop-worker-events-a"]);
  expect(none?.idle).toEqual(["10.1.0.15"]);
});

test("a Redis that refuses or does not answer is an error within its time", async () => {
  const read = createQueueReader(100);
  await expect(read({ host: "127.0.0.1", port: 1 }, [])).rejects.toThrow("Redis at 127.0.0.1:1 does not answer");
  await expect(read(await givenRedis(true), [])).rejects.toThrow("does not answer");
});
