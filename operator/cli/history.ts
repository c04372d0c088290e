import type { QuarantinedRelease, ScalableAppStatus } from "../api/status.ts";
import { isTree } from "../base/tree.ts";
import { read, readString } from "../base/read.ts";
import type { KubeObject } from "../base/object.ts";
import { appContainerName } from "../resources/pod/component.ts";
import { parseStoredRelease } from "../resources/release.ts";
import type { StoredRelease } from "../resources/release.ts";
import { oneLine, since, table } from "./text.ts";

/** One stored release of an app. */
export interface HistoryEntry {
  readonly number: number;
  readonly release: string;
  /** Image of web. */
  readonly image?: string | undefined;
  /** When it was first stored. */
  readonly storedAt?: string | undefined;
  /** stable, candidate or previous, and quarantined. */
  readonly roles: readonly string[];
  /** Why it is quarantined. */
  readonly quarantined?: QuarantinedRelease | undefined;
}

/** The stored releases of an app, the newest first. */
export function historyOf(revisions: readonly KubeObject[], status: ScalableAppStatus): readonly HistoryEntry[] {
  return revisions
    .flatMap((object) => {
      const stored = parseStoredRelease(object);
      return stored ? [entryOf(stored, object, status)] : [];
    })
    .toSorted((one, other) => other.number - one.number);
}

function entryOf(stored: StoredRelease, { metadata }: KubeObject, { release, quarantined: failed }: ScalableAppStatus): HistoryEntry {
  const { id, number } = stored;
  const quarantined = failed?.find((entry) => entry.release === id);
  const roles = (["stable", "candidate", "previous"] as const).filter((role) => release?.[role] === id);
  return {
    number,
    release: id,
    image: imageOf(stored),
    storedAt: metadata.creationTimestamp,
    roles: [...roles, ...(quarantined ? ["quarantined"] : [])],
    quarantined,
  };
}

function imageOf({ children }: StoredRelease): string | undefined {
  const web = children.find(({ role }) => role === "web/deployment");
  const containers = read(web?.object, "spec", "template", "spec", "containers");
  if (!Array.isArray(containers)) return undefined;
  const image: unknown = containers.filter(isTree).find(({ name }) => name === appContainerName)?.["image"];
  return readString(image);
}

/** The history as people read it. `now` is in milliseconds since 1970. */
export function historyText(entries: readonly HistoryEntry[], now: number): string {
  const rows = entries.map(({ number, release, roles, storedAt, image, quarantined }) => [
    String(number),
    release,
    roles.join(","),
    since(storedAt, now),
    image ?? "",
    oneLine(quarantined?.reason ?? ""),
  ]);
  return table(["NUMBER", "RELEASE", "STATE", "AGE", "IMAGE", "WHY QUARANTINED"], rows);
}
