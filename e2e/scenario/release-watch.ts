import { eventually, must, type Kubectl } from "./kubectl.ts";

/** The part of status.release that scenarios look at. */
export interface ReleaseState {
  readonly stable?: string;
  readonly candidate?: string;
  readonly previous?: string;
  readonly phase: string;
  readonly step?: number;
  readonly weight?: number;
  readonly message?: string;
  readonly stepStartedAt?: string;
  readonly pause?: { readonly reason: string };
  readonly proven?: readonly string[];
  readonly analysis?: readonly { readonly name: string; readonly result: string; readonly message: string }[];
}

/** One state of a release, and when it was seen (milliseconds since 1970). */
export interface Sighting extends ReleaseState {
  readonly atMs: number;
}

/** Everything that was seen of an app's release since the watch began. */
export interface ReleaseWatch {
  readonly seen: readonly Sighting[];
  /** The first sighting of which something holds, waited for. */
  until(what: string, holds: (release: Sighting) => boolean, seconds?: number): Promise<Sighting>;
  /** Waits until a release has begun and ended, either way. */
  end(seconds?: number): Promise<Sighting>;
  /** The phases in their order, each once per stay; what it began with is left out, and Pending, which is written down only where something holds the release. */
  phases(): readonly string[];
  stop(): void;
}

/** Follows status.release of an app; resolves once its present state is known. */
export async function watchRelease(kubectl: Kubectl, namespace: string, name = "shop"): Promise<ReleaseWatch> {
  const seen: Sighting[] = [];
  const args = ["-n", namespace, "scalableapp", name, "-o", 'jsonpath={.status.release}{"\\n"}'];
  const stop = kubectl.follow(args, (line) => {
    if (line.trim() !== "") seen.push({ ...(JSON.parse(line) as ReleaseState), atMs: Date.now() });
  });
  const until: ReleaseWatch["until"] = async (what, holds, seconds = 120) =>
    eventually(
      what,
      async () => {
        const found = seen.find(holds);
        must(found, `the release is ${JSON.stringify(seen.at(-1))}`);
        return found;
      },
      seconds,
    );
  await until("the release is seen", () => true, 20);
  return {
    seen,
    until,
    stop,
    async end(seconds = 120) {
      const begun = await until("a release begins", ({ candidate }) => candidate !== undefined, seconds);
      const isEnd = (release: Sighting) => release.candidate === undefined && ["Stable", "Failed"].includes(release.phase);
      return until("the release ends", (release) => seen.indexOf(release) > seen.indexOf(begun) && isEnd(release), seconds);
    },
    phases() {
      const phases = seen.map(({ phase }) => phase).filter((phase, index) => index === 0 || phase !== "Pending");
      return phases.filter((phase, index) => index > 0 && phase !== phases[index - 1]);
    },
  };
}

/** Seconds from one sighting to another. */
export function secondsBetween(from: Sighting | undefined, to: Sighting | undefined): number {
  return from && to ? Math.round((to.atMs - from.atMs) / 100) / 10 : Number.NaN;
}
