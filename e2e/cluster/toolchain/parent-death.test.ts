import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { withParentDeathSignal } from "./parent-death.ts";

describe.runIf(existsSync("/usr/bin/setpriv"))("a command whose parent is killed", () => {
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
    expect(withParentDeathSignal(["a", "b"], "KILL", ["/missing/setpriv"])).toEqual(["a", "b"]);
  });
});
