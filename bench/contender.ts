/** An environment variable of the release under test. */
export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** What is released: the environment of the app, and whether its migration runs. */
export interface Change {
  readonly env: readonly Variable[];
  readonly migrates: boolean;
}

/** What a controller made of a release, and when it said so (milliseconds since 1970). */
export interface Verdict {
  /** reported: it calls the release failed, and leaves its pods where they are. */
  readonly what: "sent back" | "promoted" | "reported";
  readonly atMs: number;
}

/** Follows a controller's own word on a release. */
export interface VerdictWatch {
  verdict(): Verdict | undefined;
  stop(): void;
}

/** A controller that releases the same app, under test. */
export interface Contender {
  readonly name: string;
  /** Base URL that reaches the web pods, and the Service behind it. */
  readonly url: string;
  readonly service: string;
  /** Begins to follow the next release. */
  watch(): Promise<VerdictWatch>;
  release(change: Change): Promise<unknown>;
  /** Waits until nothing moves; a release that is not to stay and did not go back by itself is sent back by hand. */
  stabilize(stays: boolean): Promise<void>;
}
