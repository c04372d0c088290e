import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { logTail, startComponent, withParentDeathSignal } from "./component.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "component-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("startComponent", () => {
  test("writes the output to the log and tells how it ended", async () => {
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

  test("tells of a program that is not there", async () => {
    const component = startComponent(join(folder, "missing"), [], join(folder, "log"));
    await vi.waitUntil(() => component.ended() !== undefined, { timeout: 10_000 });
    expect(component.ended()).toMatch(/ENOENT|code 127/);
  });
});

describe.runIf(existsSync("/usr/bin/setpriv"))("a component whose parent is killed", () => {
  test("dies with it", async () => {
    const sleeper = withParentDeathSignal([process.execPath, "-e", "setInterval(() => {}, 60_000)"]);
    const script = `const c = require("node:child_process").spawn(${JSON.stringify(sleeper[0])}, ${JSON.stringify(sleeper.slice(1))}, { stdio: "ignore" });
      console.log(c.pid); setInterval(() => {}, 60_000)`;
    const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [output] = await once(parent.stdout, "data");
    const pid = Number(String(output));
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    // Until setpriv has become node, the child has not asked for the signal yet.
    await vi.waitUntil(() => commandOf(pid).startsWith(process.execPath), { timeout: 10_000 });
    parent.kill("SIGKILL");
    await vi.waitUntil(() => commandOf(pid) === "", { timeout: 10_000 });
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("withParentDeathSignal", () => {
  test("leaves the command as it is where there is no setpriv", () => {
    expect(withParentDeathSignal(["a", "b"], ["/missing/setpriv"])).toEqual(["a", "b"]);
  });
});
