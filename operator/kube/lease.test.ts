import { expect, test } from "vitest";
import { microTime, newLease, readLease, withClaim, withoutHolder } from "./lease.ts";
import type { KubeObject } from "../base/object.ts";

const NOW = Date.UTC(2026, 10, 21, 7, 0, 0, 5);

function lease(spec: Record<string, unknown>): KubeObject {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace: "n", name: "l", resourceVersion: "4" }, spec };
}

test("pitfall 10: times have six digits", () => {
  expect(microTime(NOW)).toBe("2026-11-21T07:00:00.005000Z");
});

test("a new lease is held by its maker", () => {
  const made = newLease("n", "l", { holder: "a", leaseMs: 15_000, now: NOW });
  expect(readLease(made)).toEqual({ holder: "a", durationMs: 15_000, transitions: 0, acquireTime: "2026-11-21T07:00:00.005000Z" });
});

test("pitfall 9: a claim keeps fields it does not know, counts the change of hands, and names the version it saw", () => {
  const before = lease({
    holderIdentity: "b",
    leaseTransitions: 3,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    strategy: "OldestEmulationVersion",
  });
  const claimed = withClaim(before, { holder: "a", leaseMs: 15_000, now: NOW });
  expect(claimed["spec"]).toMatchObject({ strategy: "OldestEmulationVersion", leaseTransitions: 4, acquireTime: microTime(NOW) });
  expect(claimed.metadata.resourceVersion).toBe("4");
});

test("a renewal keeps the time of acquisition and the count", () => {
  const before = lease({ holderIdentity: "a", leaseTransitions: 3, acquireTime: "2026-01-01T00:00:00.000000Z" });
  const renewed = withClaim(before, { holder: "a", leaseMs: 15_000, now: NOW });
  expect(renewed["spec"]).toMatchObject({ leaseTransitions: 3, acquireTime: "2026-01-01T00:00:00.000000Z", renewTime: microTime(NOW) });
});

test("a released lease is held by nobody; a lease without a spec too", () => {
  expect(readLease(withoutHolder(lease({ holderIdentity: "a" }), NOW)).holder).toBe("");
  expect(readLease({ ...lease({}), spec: undefined })).toEqual({ holder: "", durationMs: 0, transitions: 0, acquireTime: undefined });
});
