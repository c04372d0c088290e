import type { KubeClient } from "../client.ts";
import type { WatchEvent, WatchOptions } from "../operations.ts";
import type { Resource } from "../../base/object.ts";

/** A client whose watch of one kind can fall silent, as over a connection that only looks alive. */
export interface HalfOpenWatch {
  readonly client: KubeClient;
  /** From now on no event comes through. */
  cut(): void;
  /** Every event that was held back comes through, and all that follow. */
  mend(): void;
}

/** Puts a valve into the watch of a kind; lists, gets and writes go on. */
export function createHalfOpenWatch(client: KubeClient, { kind }: Resource): HalfOpenWatch {
  let valve = Promise.withResolvers<void>();
  valve.resolve();

  async function* watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent> {
    for await (const event of client.watch(resource, options)) {
      if (resource.kind === kind) await Promise.race([valve.promise, aborted(options.signal)]);
      if (options.signal?.aborted === true) return;
      yield event;
    }
  }

  return {
    client: { ...client, watch },
    cut: () => void (valve = Promise.withResolvers<void>()),
    mend: () => valve.resolve(),
  };
}

async function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
}
