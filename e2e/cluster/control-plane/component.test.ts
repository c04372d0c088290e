import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logTail, startComponent } from "./component.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "component-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("startComponent", () => {
  test("writes the output to the log and says how it ended", async () => {
    const component = startComponent(process.execPath, ["-e", "console.log('hello'); process.exitCode = 3"], join(folder, "log"));
    await vi.waitUntil(() => component.ended() !== undefined, { timeout: 10_000 });
    expect(component.ended()).toBe("ended with code 3");
    expect(logTail(component.logFile)).toBe("hello");
    await component.stop();
  });

  test("is ended by stop, which returns when it is gone", async () => {
    const component = startComponent(process.execPath, ["-e", "setInterval(() => {}, 60_000)"], join(folder, "log"));
    expect(component.ended()).toBeUndefined();
    await component.stop("SIGTERM");
    expect(component.ended()).toBe("ended with SIGTERM");
  });

  test("reports a program that is not there", async () => {
    const component = startComponent(join(folder, "missing"), [], join(folder, "log"));
    await vi.waitUntil(() => component.ended() !== undefined, { timeout: 10_000 });
    expect(component.ended()).toMatch(/ENOENT|code 127/);
  });
});
