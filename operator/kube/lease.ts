import { readNumber, readTree, readString } from "../base/read.ts";
import type { KubeObject } from "../base/object.ts";

/** What a Lease says about its holder. */
export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
}

/** Reads a Lease; a field that is missing counts as empty. */
export function readLease(lease: KubeObject): LeaseRecord {
  const spec = readTree(lease["spec"]);
  return {
    holder: readString(spec["holderIdentity"]) ?? "",
    durationMs: (readNumber(spec["leaseDurationSeconds"]) ?? 0) * 1000,
    transitions: readNumber(spec["leaseTransitions"]) ?? 0,
    acquireTime: readString(spec["acquireTime"]),
  };
}

/** A claim of a Lease, or its renewal when the holder already is the same. */
export interface LeaseClaim {
  readonly holder: string;
  readonly leaseMs: number;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** A new Lease held by the claim's holder. */
export function newLease(namespace: string, name: string, claim: LeaseClaim): KubeObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace, name },
    spec: { ...claimed(claim), acquireTime: microTime(claim.now), leaseTransitions: 0 },
  };
}

/** The same Lease with the claim in it; fields we do not know stay, and the resourceVersion makes a PUT of it fail when it changed meanwhile. */
export function withClaim(lease: KubeObject, claim: LeaseClaim): KubeObject {
  const before = readLease(lease);
  const changedHands = before.holder !== claim.holder;
  return {
    ...lease,
    spec: {
      ...readTree(lease["spec"]),
      ...claimed(claim),
      acquireTime: changedHands ? microTime(claim.now) : (before.acquireTime ?? microTime(claim.now)),
      leaseTransitions: before.transitions + (changedHands ? 1 : 0),
    },
  };
}

/** The same Lease held by nobody, so that the next candidate need not wait. */
export function withoutHolder(lease: KubeObject, now: number): KubeObject {
  return { ...lease, spec: { ...readTree(lease["spec"]), holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(now) } };
}

/** A MicroTime: the API server refuses the three digits of toISOString() (client-node issue 828). */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}

function claimed(claim: LeaseClaim): Record<string, unknown> {
  return { holderIdentity: claim.holder, leaseDurationSeconds: Math.ceil(claim.leaseMs / 1000), renewTime: microTime(claim.now) };
}
