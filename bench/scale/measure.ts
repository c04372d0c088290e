import { readFile } from "node:fs/promises";
import { note, type ControlPlane } from "../../e2e/cluster/index.ts";
import type { KubeObject } from "../../operator/base/object.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { app, applyAll, createNamespace, followApps, isDone, original, untilAll, type Variant } from "./apps.ts";
import { start, type Contender, type RunningContender } from "./contenders.ts";
import { memoryOf } from "./memory-group.ts";
import { RequestLog, type Requests } from "./requests.ts";

/** What is measured with. */
export interface Rig {
  readonly plane: ControlPlane;
  readonly client: KubeClient;
  readonly apps: number;
  readonly limitMiB: number;
}

/** Mebibytes at a number of apps: when it was quiet, and the most until then. */
export interface MemoryAt {
  readonly apps: number;
  readonly rss: number;
  readonly peak: number;
}

/** The figures of one operator. */
export interface Figures {
  readonly isLimited: boolean;
  readonly memory: readonly MemoryAt[];
  /** Requests for so many apps at once. */
  readonly create: Cost;
  readonly envChange: Cost;
  readonly release: Cost;
  /** Creations per second while many apps are applied at once. */
  readonly childrenPerSecond: number;
  readonly restart: { readonly apps: number; readonly seconds: number; readonly writes: number; readonly peak: number };
}

/** What a number of apps cost. */
export interface Cost extends Requests {
  readonly apps: number;
}

const first = 100;
const bulk = 200;
const perNamespace = 100;

/** Measures an operator from no app to all of them, and then its restart. */
export async function measure(contender: Contender, rig: Rig): Promise<Figures> {
  const { plane, client } = rig;
  const stop = new AbortController();
  const follower = await followApps(client, stop.signal);
  const log = new RequestLog(plane.auditLog, contender.userAgent);
  let running = await start(contender, plane, rig.limitMiB);
  const memory: MemoryAt[] = [];
  let existing = 0;

  async function look(): Promise<void> {
    const at = { apps: existing, ...(await memoryOf(running.pid)) };
    memory.push(at);
    note(`${contender.name}: ${at.apps} apps, RSS ${at.rss.toFixed(0)} MiB, peak ${at.peak.toFixed(0)} MiB`);
  }

  async function add(count: number): Promise<Cost> {
    await log.take();
    const from = existing;
    for (let n = Math.ceil(from / perNamespace); n < Math.ceil((from + count) / perNamespace); n++)
      await createNamespace(client, `scale-${n}`);
    await applyAll(client, appsOf(from, count, original));
    existing += count;
    await untilAll(follower, existing, isDone);
    return { apps: count, ...(await log.takeUntilQuiet()) };
  }

  async function change(count: number, variant: Variant): Promise<Cost> {
    await log.take();
    await applyAll(client, appsOf(0, count, variant));
    await untilAll(follower, existing, isDone);
    return { apps: count, ...(await log.takeUntilQuiet()) };
  }

  try {
    await idle(running);
    await look();
    const count = Math.min(first, rig.apps);
    const create = await add(count);
    describe("create", create);
    await look();
    const envChange = await change(count, { ...original, env: "two" });
    describe("env change", envChange);
    const release = await change(count, { image: "2", env: "two" });
    describe("release", release);
    const many = rig.apps > count ? await add(Math.min(bulk, rig.apps - count)) : create;
    describe("bulk", many);
    const childrenPerSecond = (many.created * 1000) / many.createdMs;
    while (existing < rig.apps) await add(Math.min(500, rig.apps - existing));
    const changedAt = Date.now();
    await idle(running);
    await look();
    // No deadline may be ahead, for what it does when it is met must not need a write.
    await pause(contender.quietAfterSeconds * 1000 - (Date.now() - changedAt));
    await look();
    await running.stop();
    await log.take();
    const begun = Date.now();
    running = await start(contender, plane, rig.limitMiB);
    const seconds = (await idle(running)) / 1000;
    await pause(20_000);
    const { peak } = await memoryOf(running.pid);
    const { writes, byKind } = await log.take();
    await look();
    note(`${contender.name}: restart ${seconds.toFixed(1)} s, ${writes} writes in ${Date.now() - begun} ms, ${JSON.stringify(byKind)}`);
    const figures = { isLimited: running.isLimited, memory, create, envChange, release, childrenPerSecond };
    return { ...figures, restart: { apps: existing, seconds, writes, peak } };
  } finally {
    stop.abort();
    await running.stop();
  }
}

function describe(what: string, { apps, byKind, createdMs, ...counts }: Cost): void {
  const per = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, Math.round((value / apps) * 10) / 10]));
  note(`${what} of ${apps} apps in ${createdMs} ms, per app ${JSON.stringify(per)}; ${JSON.stringify(byKind)}`);
}

function appsOf(from: number, count: number, variant: Variant): readonly KubeObject[] {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    return app(`app-${n}`, `scale-${Math.floor(n / perNamespace)}`, variant);
  });
}

const tickMs = 250;
const quietTicks = 8;
/** Hundredths of a second of processor time in a tick, the granularity of /proc. */
const busyTicks = 2;

/** Waits until a process has next to nothing to do for 2 s; the answer is milliseconds until it began to. */
async function idle({ pid }: RunningContender): Promise<number> {
  const begun = Date.now();
  let quiet = 0;
  let before = await processorTicks(pid);
  while (quiet < quietTicks || before === 0) {
    await pause(tickMs);
    const now = await processorTicks(pid);
    quiet = now - before <= busyTicks ? quiet + 1 : 0;
    before = now;
  }
  return Date.now() - begun - quietTicks * tickMs;
}

async function processorTicks(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
