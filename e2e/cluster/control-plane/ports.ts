import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below 32768, where the kernel takes ports of outgoing connections from: a port found free here is not lost to one of those.
const lowest = 10_240;
const highest = 32_000;

/** Ports on which nothing listens on the loopback address, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let attempt = 0; attempt < 1000 && found.size < count; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count)
    throw new Error(`Found no ${count} free ports between ${lowest} and ${highest} on 127.0.0.1: end what holds them.`);
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
