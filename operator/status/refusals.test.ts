import { expect, test } from "vitest";
import { heldBackBy, noteRefusals } from "./refusals.ts";

const failure = { kind: "ServiceAccount", name: "shop", role: "service-account", reason: "ApplyRefused", message: "no" } as const;
const heldBack = [
  { kind: "Deployment", name: "shop-web", role: "web/deployment", because: "ServiceAccount/shop" },
  { kind: "Deployment", name: "old", because: "ServiceAccount/shop" },
  { kind: "CronJob", name: "shop-x", role: "schedule-x/cron-job", because: "Service/other" },
];
const nothing = { failures: [], conflicts: [], heldBack: [] };

test("what is refused is remembered with what it holds back", () => {
  const [refusal] = noteRefusals({ ...nothing, failures: [failure], heldBack }, [], "2026-11-27T08:00:00Z");
  expect(refusal).toEqual({ ...failure, since: "2026-11-27T08:00:00Z", holdsBack: ["web/deployment", "delete/Deployment/old"] });
  expect(heldBackBy(refusal!)).toBe(" (waits for it: web/deployment, the deletion of Deployment/old)");
});

test("since when is kept as long as the object is refused, whatever the API server says now", () => {
  const before = noteRefusals({ ...nothing, failures: [{ ...failure, reason: "ApplyFailed" }] }, [], "2026-11-27T08:00:00Z");
  expect(noteRefusals({ ...nothing, failures: [failure] }, before, "2026-11-27T09:00:00Z")).toMatchObject([
    { since: "2026-11-27T08:00:00Z", reason: "ApplyRefused" },
  ]);
  expect(noteRefusals(nothing, before, "2026-11-27T09:00:00Z")).toEqual([]);
});

test("a name that is taken is refused too", () => {
  const conflict = { kind: "ServiceAccount", name: "shop", role: "service-account", holder: "belongs to Deployment other" };
  expect(noteRefusals({ ...nothing, conflicts: [conflict], heldBack }, [], "now")).toMatchObject([
    { reason: "ObjectNotOurs", holdsBack: ["web/deployment", "delete/Deployment/old"] },
  ]);
});
