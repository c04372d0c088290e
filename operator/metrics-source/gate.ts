/** Lets a bounded number of tasks run at a time; the others wait in their order. */
export interface Gate {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** Makes a gate for that many tasks at a time. */
export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter(): Promise<void> {
    if (running < limit) {
      running += 1;
      return;
    }
    // The place of the task that ends is handed on, so the count stays.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    async run(task) {
      await enter();
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}
