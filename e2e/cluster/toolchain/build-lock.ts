import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** Who holds a lock: the process, and when it was started, because a process id is used again. */
export interface LockOwner {
  readonly pid: number;
  /** Clock ticks since boot as /proc reports them; absent where there is no /proc. */
  readonly startTime?: string;
  readonly token: string;
}

/** Options of `withLock`. */
export interface LockOptions {
  /** How often a held lock is looked at again, in milliseconds; default 500. */
  readonly retryMs?: number;
  /** Called once, when the lock is found held by another live process. */
  readonly onWait?: (owner: LockOwner) => void;
}

/**
 * Runs `work` while holding the lock file `path`; a lock whose process is gone is acquired anew.
 *
 * Two takers of one lock whose process is gone may, for an instant, both win: the work must stay correct then, and only be done twice.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const owner = await acquire(path, options);
  try {
    return await work();
  } finally {
    if ((await readOwner(path))?.token === owner.token) await rm(path, { force: true });
  }
}

async function acquire(path: string, options: LockOptions): Promise<LockOwner> {
  const owner: LockOwner = { ...describeProcess(process.pid), token: randomUUID() };
  let reported = false;
  for (;;) {
    if (await tryLink(path, owner)) return owner;
    const holder = await readOwner(path);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      await takeAway(path, holder);
      continue;
    }
    if (!reported) options.onWait?.(holder);
    reported = true;
    await delay(options.retryMs ?? 500);
  }
}

/** Linking a finished file makes the lock and its content appear in one step, so that no reader sees half an owner. */
async function tryLink(path: string, owner: LockOwner): Promise<boolean> {
  const draft = `${path}.${owner.token}`;
  await writeFile(draft, JSON.stringify(owner));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw new Error(`Cannot write the lock ${path}: make its folder writable.`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

async function takeAway(path: string, dead: LockOwner): Promise<void> {
  const aside = `${path}.dead-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  // Another taker was faster and we moved its new lock: put that back.
  if ((await readOwner(aside))?.token !== dead.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

/** Whether a live process holds the lock file `path`. */
export async function isHeld(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  return owner !== undefined && isAlive(owner);
}

async function readOwner(path: string): Promise<LockOwner | undefined> {
  try {
    return parseOwner(await readFile(path, "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Reads the content of a lock file; what cannot be read counts as a lock of a process that is gone. */
export function parseOwner(text: string): LockOwner {
  try {
    const value: unknown = JSON.parse(text);
    if (isOwner(value)) return value;
  } catch {
    // Falls through: an unreadable lock protects nobody.
  }
  return { pid: -1, token: "unreadable" };
}

function isOwner(value: unknown): value is LockOwner {
  return typeof value === "object" && value !== null && "pid" in value && Number.isInteger(value.pid) && "token" in value;
}

/** A process as a lock names it. */
export function describeProcess(pid: number): Omit<LockOwner, "token"> {
  const startTime = readStartTime(pid);
  return startTime === undefined ? { pid } : { pid, startTime };
}

/** Whether the very process that took the lock still runs. */
export function isAlive(owner: LockOwner): boolean {
  if (owner.pid <= 0) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (!hasCode(error, "EPERM")) return false;
  }
  return owner.startTime === undefined || readStartTime(owner.pid) === owner.startTime;
}

function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold blanks: count from its end. Start time is field 22.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
