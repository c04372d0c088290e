import { describe, expect, test } from "vitest";
import type { Tree } from "../../base/tree.ts";
import { carriedSecrets } from "../../resources/secret-versions.ts";
import { database } from "../../testing/rendered.ts";
import { foundSecret, metadataFields, secretMetadata } from "../../testing/secrets.ts";
import { rollOut, snapshotOf } from "../../testing/snapshots.ts";
import { observeSecret } from "../observe/secret-facts.ts";
import { makePlan, takesStep, type Plan } from "../plan.ts";
import type { Reference, Snapshot } from "../observe/snapshot.ts";
import { buildStatus, buildStepStatus } from "../../status/status.ts";
import { judgeComponents } from "../observe/component-health.ts";

const spec = { postgres: database, migration: { command: ["migrate"] }, workers: [{ name: "orders", command: ["work"] }] };
const optional = { envFrom: [{ secretRef: { name: "extra", optional: true } }] };

/** An app that stands, whose Secrets have been looked at. */
function given(references: Snapshot["references"], of: Tree = spec): Snapshot {
  return remember(rollOut(snapshotOf(of, { references })));
}

/** The next look, after all that had to be written down was. */
function remember(snapshot: Snapshot): Snapshot {
  const plan = makePlan(snapshot);
  if (takesStep(plan)) return remember({ ...snapshot, status: buildStepStatus({ plan, snapshot }) });
  const report = { snapshot, plan, ...judgeComponents(plan, snapshot), failures: [], conflicts: [] };
  return { ...snapshot, status: buildStatus(report) };
}

const look = (snapshot: Snapshot, reference: Reference, name = "shop-db"): Snapshot => ({
  ...snapshot,
  references: { ...snapshot.references, [`secret/${name}`]: reference },
});
const carried = ({ children }: Plan, name: string) =>
  carriedSecrets(children.find(({ object }) => object.kind === "Deployment" && object.metadata.name === name)?.object);
const known = ({ status }: Snapshot, name = "shop-db") => status?.secrets?.find((secret) => secret.name === name);

describe("a Secret whose data changed", () => {
  const before = given({ "secret/shop-db": foundSecret("08:00:00") });
  const changed = look(before, foundSecret("09:00:00"));
  const after = remember(changed);

  test("is written down first; pods restart in the next reconcile", () => {
    const plan = makePlan(changed);
    expect(plan.secrets.changed).toEqual(["shop-db"]);
    expect(plan.decision.changed).toBe(false);
    expect(carried(plan, "shop-web")).toBeUndefined();
    expect(carried(makePlan(after), "shop-web")).toBe(`shop-db=${known(after)?.version}`);
    expect(carried(makePlan(after), "shop-worker-orders")).toBe(`shop-db=${known(after)?.version}`);
  });

  test("is no new release, migrates nothing, and changes nothing that is stored", () => {
    const [one, other] = [makePlan(before), makePlan(after)];
    expect(other.desired).toBe(one.desired);
    expect(other.decision).toEqual(one.decision);
    expect(other.prune).toEqual([]);
    const jobs = (plan: Plan) => plan.children.filter(({ object }) => object.kind === "Job" || object.kind === "ControllerRevision");
    expect(jobs(other)).toEqual(jobs(one));
  });

  test("counts once, whoever looks again", () => {
    expect(makePlan(after).secrets.changed).toEqual([]);
    expect(remember(after).status).toEqual(after.status);
  });

  test("a second change is another version", () => {
    const twice = remember(look(after, foundSecret("10:00:00")));
    expect(known(twice)?.version).not.toBe(known(after)?.version);
  });

  test.each<readonly [string, Reference]>([
    ["goes missing", { state: "missing" }],
    ["may not be looked up any more", { state: "unknown" }],
    ["is denied", { state: "denied", message: "no" }],
    ["is restored", foundSecret("11:00:00", { uid: "uid-2" })],
    ["is annotated", foundSecret("09:00:00", { annotations: { note: "a" }, resourceVersion: "7" })],
  ])("pods go on as they are when it %s, and when it is back", (_, reference) => {
    const gone = remember(look(after, reference));
    expect(carried(makePlan(gone), "shop-web")).toBe(carried(makePlan(after), "shop-web"));
    expect(makePlan(gone).desired).toBe(makePlan(after).desired);
    const back = remember(look(gone, "secret" in reference ? reference : foundSecret("09:00:00")));
    expect(carried(makePlan(back), "shop-web")).toBe(carried(makePlan(after), "shop-web"));
  });

  test("a status that was lost is made good from what pods carry", () => {
    const live = { ...after, owned: rollOut(after).owned };
    const { secrets: _lost, ...rest } = live.status!;
    const blank = { ...live, status: rest };
    expect(carried(makePlan(blank), "shop-web")).toBe(carried(makePlan(after), "shop-web"));
    expect(known(remember(blank))?.version).toBe(known(after)?.version);
  });
});

test("the first look restarts nothing, whenever it comes: an operator that was upgraded, or may look only now", () => {
  const blind = given({ "secret/shop-db": { state: "unknown" } });
  expect(known(blind)).toBeUndefined();
  const sees = remember(look(blind, foundSecret("09:00:00")));
  expect(makePlan(look(blind, foundSecret("09:00:00"))).secrets.changed).toEqual([]);
  expect(known(sees)).toMatchObject({ uid: "uid-1" });
  expect(carried(makePlan(sees), "shop-web")).toBeUndefined();
  expect(makePlan(sees).desired).toBe(makePlan(blind).desired);
});

test("an optional Secret that comes is news to pods that started without it", () => {
  const without = given({ "secret/extra": { state: "missing" } }, optional);
  const comes = remember(look(without, foundSecret("09:00:00"), "extra"));
  expect(carried(makePlan(comes), "shop-web")).toBe(`extra=${known(comes, "extra")?.version}`);
});

test("a Secret that only the running release reads is followed on, and forgotten with it", () => {
  const stands = given({ "secret/extra": foundSecret("08:00:00") }, optional);
  const dropped = { ...stands, app: snapshotOf({}).app };
  expect(makePlan(dropped).secrets.known.map(({ name }) => name)).toEqual(["extra"]);
  const { release: _release, ...rest } = dropped.status!;
  expect(makePlan({ ...dropped, status: rest }).secrets.known).toEqual([]);
});

/** A tool keeps the Secrets, and writes the same data again every few minutes with a fresh annotation. */
describe("Secrets that are touched all the time", () => {
  const ledger = {
    image: "acme/ledger:1.4.2",
    stage: "growth",
    envFrom: [{ secretRef: { name: "ledger-env" } }],
    migration: { command: ["ledger", "migrate"] },
    postgres: { urlFrom: { secretKeyRef: { name: "ledger-db", key: "url" } } },
    rollout: { strategy: "canary" },
  };
  const refreshed = (at: string): Reference => {
    const rest = metadataFields({ annotations: ["example.com/refreshed-at"] });
    const annotations = { "example.com/refreshed-at": at };
    return { state: "found", secret: observeSecret(secretMetadata([{ manager: "tool", time: at, rest }], { annotations })) };
  };
  const references = (at: string) => ({ "secret/ledger-env": refreshed(at), "secret/ledger-db": foundSecret() });
  const stands = given(references("2026-03-01T10:00:00Z"), ledger);
  const { desired } = makePlan(stands);

  test("start no release, migrate nothing and restart nothing", () => {
    const plan = makePlan({ ...stands, references: references("2026-03-01T10:05:00Z") });
    expect(plan.desired).toBe(desired);
    expect(takesStep(plan)).toBe(false);
    expect({ ...plan, secrets: undefined }).toEqual({ ...makePlan(stands), secrets: undefined });
  });

  test.each<readonly [string, Reference]>([
    ["a touch", refreshed("2026-03-01T10:05:00Z")],
    ["other data", foundSecret("09:00:00")],
  ])("a release in quarantine stays there: %s", (_, reference) => {
    const quarantined = [{ release: desired, reason: "it crashed", at: stands.now }];
    const release = { ...stands.status!.release!, phase: "Failed", stable: "0000000000" } as const;
    const before = remember({ ...stands, status: { ...stands.status, release, quarantined } });
    const after = look(before, reference, "ledger-env");
    const plan = makePlan(after);
    expect(plan.decision).toEqual(makePlan(before).decision);
    expect(plan.decision).toMatchObject({ changed: false, quarantined, release: { phase: "Failed", stable: "0000000000" } });
    expect(remember(after).status?.quarantined).toEqual(quarantined);
  });
});
