import type { KubeClient } from "../client.ts";
import type { Clock } from "../../base/clock.ts";
import { KubeError } from "../errors.ts";
import type { KubeObject } from "../../base/object.ts";

/** The three operations an elector needs. */
export type LeaseClient = Pick<KubeClient, "get" | "create" | "update">;

/** What one replica meets on its way to the API server. */
export interface Weather {
  /** Called once before and once after a request takes effect: waits, or throws. */
  pass(when: "before" | "after", signal: AbortSignal | undefined): Promise<void>;
}

/** A store of one Lease with optimistic concurrency, shared by several replicas. */
export interface FakeLeases {
  clientFor(weather: Weather): LeaseClient;
  current(): KubeObject | undefined;
  remove(): void;
  readonly requests: number;
}

/** Makes an empty store. */
export function createFakeLeases(): FakeLeases {
  let lease: KubeObject | undefined;
  let version = 0;
  let requests = 0;

  function stored(object: KubeObject): KubeObject {
    version += 1;
    lease = { ...object, metadata: { ...object.metadata, uid: "lease-uid", resourceVersion: String(version) } };
    return lease;
  }

  function refused(status: number, reason: string): KubeError {
    return new KubeError({ verb: "update", resource: "leases", status, reason, message: "simulated" });
  }

  return {
    clientFor: (weather) => ({
      async get(_resource, _namespace, _name, options) {
        requests += 1;
        await weather.pass("before", options?.signal);
        const seen = lease;
        await weather.pass("after", options?.signal);
        return seen;
      },
      async create(_resource, object, options) {
        requests += 1;
        await weather.pass("before", options?.signal);
        if (lease !== undefined) throw refused(409, "AlreadyExists");
        const created = stored(object);
        await weather.pass("after", options?.signal);
        return created;
      },
      async update(_resource, object, options) {
        requests += 1;
        await weather.pass("before", options?.signal);
        if (lease === undefined) throw refused(404, "NotFound");
        if (lease.metadata.resourceVersion !== object.metadata.resourceVersion) throw refused(409, "Conflict");
        const updated = stored(object);
        await weather.pass("after", options?.signal);
        return updated;
      },
    }),
    current: () => lease,
    remove() {
      lease = undefined;
    },
    get requests() {
      return requests;
    },
  };
}

/** No wind, no rain. */
export const fairWeather: Weather = { pass: () => Promise.resolve() };

/** Nothing gets through: each request waits until its signal aborts. */
export function blackhole(): Weather {
  return {
    pass: (_when, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("no answer")), { once: true });
      }),
  };
}

/** A process's view of a clock: while it is frozen, none of its sleeps end and none of its answers arrive. */
export interface FreezableClock extends Clock {
  freeze(): void;
  thaw(): void;
  /** Resolves when the process runs. */
  running(): Promise<void>;
}

/** Makes a view of the clock that can be frozen, like a process by SIGSTOP: time itself goes on. */
export function createFreezableClock(clock: Clock): FreezableClock {
  let gate: PromiseWithResolvers<void> | undefined;
  async function running(): Promise<void> {
    while (gate !== undefined) await gate.promise;
  }
  return {
    monotonic: () => clock.monotonic(),
    wall: () => clock.wall(),
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds, signal);
      await running();
    },
    freeze() {
      gate ??= Promise.withResolvers();
    },
    thaw() {
      gate?.resolve();
      gate = undefined;
    },
    running,
  };
}
