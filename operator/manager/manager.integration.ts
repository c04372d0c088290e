import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { z } from "zod";

const namespace = `manager-${randomBytes(3).toString("hex")}`;

const listening = z.looseObject({ msg: z.literal("listening"), ports: z.object({ health: z.int(), metrics: z.int() }) });

interface Operator {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly exited: Promise<number | null>;
  /** Resolves when a line with this message was logged. */
  logged(message: string): Promise<string>;
  ready(): Promise<number>;
  metrics(): Promise<string>;
}

const running = new Set<Operator>();

beforeAll(async () => {
  await kubectl("create", "namespace", namespace);
});

afterEach(async () => {
  for (const operator of running) operator.process.kill("SIGKILL");
  await Promise.all([...running].map((operator) => operator.exited));
  running.clear();
});

afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

async function kubectl(...args: readonly string[]): Promise<string> {
  const { stdout } = await execa(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);
  return stdout;
}

function start(lease: string): Operator {
  const flags = ["--metrics-port=0", "--health-port=0", `--watch-namespaces=${namespace}`, `--leader-election-id=${lease}`];
  const child = spawn(process.execPath, ["operator/main.ts", ...flags], {
    env: { PATH: process.env["PATH"], KUBECONFIG: inject("kubeconfig"), POD_NAMESPACE: namespace },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const logged = (message: string): Promise<string> =>
    vi.waitFor(
      () => {
        const line = lines.find((candidate) => candidate.includes(`"msg":"${message}"`));
        if (line === undefined) throw new Error(`not logged yet: ${message}\n${lines.slice(-10).join("\n")}`);
        return line;
      },
      { timeout: 30_000, interval: 20 },
    );
  const port = async (name: "health" | "metrics"): Promise<number> => listening.parse(JSON.parse(await logged("listening"))).ports[name];
  const operator: Operator = {
    process: child,
    exited: new Promise((resolve) => {
      child.once("exit", (code) => resolve(code));
    }),
    logged,
    ready: async () => (await fetch(`http://127.0.0.1:${await port("health")}/readyz`)).status,
    metrics: async () => (await fetch(`http://127.0.0.1:${await port("metrics")}/metrics`)).text(),
  };
  running.add(operator);
  return operator;
}

async function untilReady(operator: Operator): Promise<void> {
  await vi.waitFor(async () => expect(await operator.ready()).toBe(200), { timeout: 30_000, interval: 50 });
}

describe("two operators", () => {
  test("agree on one leader; the other is ready too, and takes over as soon as the first is stopped", async () => {
    const first = start("handover");
    await first.logged("became leader");
    const second = start("handover");
    await Promise.all([untilReady(first), untilReady(second)]);
    await second.logged("saw a new leader");
    expect(await first.metrics()).toContain('leader_election_master_status{name="handover"} 1');
    expect(await second.metrics()).toContain('leader_election_master_status{name="handover"} 0');

    first.process.kill("SIGTERM");
    expect(await first.exited).toBe(0);
    const stopped = performance.now();
    await second.logged("became leader");
    expect(performance.now() - stopped).toBeLessThan(4000);
    expect(await second.metrics()).toContain('leader_election_master_status{name="handover"} 1');
  });

  test("hand over within the lease when the leader is killed", async () => {
    const first = start("killed");
    await first.logged("became leader");
    const second = start("killed");
    await second.logged("saw a new leader");
    first.process.kill("SIGKILL");
    await first.exited;
    const killed = performance.now();
    await second.logged("became leader");
    expect(performance.now() - killed).toBeLessThan(17_000);
  });
});

describe("an operator", () => {
  test("ends as failed when another takes its Lease", async () => {
    const operator = start("stolen");
    await operator.logged("became leader");
    const spec = { holderIdentity: "thief", renewTime: new Date().toISOString().replace("Z", "000Z"), leaseDurationSeconds: 60 };
    await kubectl("--namespace", namespace, "patch", "lease", "stolen", "--type=merge", "--patch", JSON.stringify({ spec }));
    expect(await operator.exited).toBe(1);
    expect(await operator.logged("stopping after a failure")).toContain("leadership lost");
  });

  test("stops in order while it waits for the Lease", async () => {
    const leader = start("waiting");
    await leader.logged("became leader");
    const standby = start("waiting");
    await untilReady(standby);
    standby.process.kill("SIGTERM");
    expect(await standby.exited).toBe(0);
  });
});
