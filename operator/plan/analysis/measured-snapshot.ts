import type { Snapshot } from "../observe/snapshot.ts";
import type { Evidence } from "./evidence.ts";

/** A snapshot, and what was measured of the release on trial. */
export interface MeasuredSnapshot extends Snapshot {
  /** Undefined where no release is on trial, or nothing of it was measured yet. */
  readonly evidence?: Evidence | undefined;
}
