const started = performance.now();
const heartbeatMs = 20_000;

function seconds(ms: number): string {
  return ms < 9_950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** Writes one line of progress with the time since the start of this process. */
export function note(message: string): void {
  const elapsed = `${((performance.now() - started) / 1000).toFixed(0)}s`.padStart(5);
  process.stderr.write(`[${elapsed}] ${message}\n`);
}

/** Runs one named step, reports its duration at the end and gives a sign of life every 20 seconds. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  note(`${title} ...`);
  const heartbeat = setInterval(() => note(`${title}: still at it after ${seconds(performance.now() - begin)}`), heartbeatMs);
  heartbeat.unref();
  try {
    const result = await work();
    note(`${title}: done in ${seconds(performance.now() - begin)}`);
    return result;
  } catch (error) {
    note(`${title}: FAILED after ${seconds(performance.now() - begin)}`);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
}
