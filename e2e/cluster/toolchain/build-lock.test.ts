import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeProcess, isAlive, parseOwner, withLock } from "./build-lock.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "build-lock-"));
  path = join(folder, "thing.lock");
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? -1;
}

describe("withLock", () => {
  test("lets one in at a time and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    async function work(id: number): Promise<void> {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(id);
      inside -= 1;
    }
    await Promise.all([1, 2, 3, 4].map((id) => withLock(path, () => work(id), { retryMs: 1 })));
    expect(most).toBe(1);
    expect(order.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("gives the result back and is released after a failure", async () => {
    await expect(withLock(path, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(existsSync(path)).toBe(false);
    expect(await withLock(path, () => Promise.resolve(7))).toBe(7);
  });

  test("reports once who holds it", async () => {
    const reported: number[] = [];
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const first = withLock(path, () => {
      entered.resolve();
      return release.promise;
    });
    await entered.promise;
    const second = withLock(path, () => Promise.resolve(), {
      retryMs: 1,
      onWait: (owner) => {
        reported.push(owner.pid);
        release.resolve();
      },
    });
    await Promise.all([first, second]);
    expect(reported).toEqual([process.pid]);
  });

  test("takes over the lock of a process that is gone", async () => {
    writeFileSync(path, JSON.stringify({ pid: await deadPid(), token: "old" }));
    expect(await withLock(path, () => Promise.resolve("in"))).toBe("in");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("takes over the lock of a process whose id another one has now", async () => {
    writeFileSync(path, JSON.stringify({ pid: process.pid, startTime: "1", token: "old" }));
    expect(await withLock(path, () => Promise.resolve("in"))).toBe("in");
  });

  test("takes over a lock that cannot be read", async () => {
    writeFileSync(path, "");
    expect(await withLock(path, () => Promise.resolve("in"))).toBe("in");
  });
});

describe("isAlive", () => {
  test("knows this process", () => {
    expect(isAlive({ ...describeProcess(process.pid), token: "t" })).toBe(true);
  });

  test("never takes an unreadable owner for alive", () => {
    expect(isAlive(parseOwner("{"))).toBe(false);
    expect(isAlive(parseOwner('{"pid":0,"token":"x"}'))).toBe(false);
  });
});
