import { describe, expect, test } from "vitest";
import { addressPlan, addressRange, isWithin } from "./address-plan.ts";

describe("the address plan", () => {
  const parts = [addressPlan.services, addressPlan.nodes, addressPlan.pods];

  test("stays within the range reserved for benchmarks", () => {
    for (const part of parts) expect(isWithin(part, addressPlan.whole)).toBe(true);
  });

  test("has no overlapping parts", () => {
    const ranges = parts.map(addressRange).toSorted((a, b) => a.first - b.first);
    for (const [index, range] of ranges.slice(1).entries()) expect(range.first).toBeGreaterThan(ranges[index]?.last ?? Infinity);
  });
});

describe("isWithin", () => {
  test.each([
    ["198.19.1.0/24", "198.19.0.0/16", true],
    ["198.19.1.7", "198.19.0.0/16", true],
    ["198.18.0.0/16", "198.18.0.0/17", false],
    ["198.20.0.0", "198.18.0.0/15", false],
  ])("%s in %s: %s", (inner, outer, expected) => {
    expect(isWithin(inner, outer)).toBe(expected);
  });

  test.each(["198.18.0.0", "198.18.0/16", "198.18.0.0/33", "a.b.c.d/8"])("refuses %s as a network", (cidr) => {
    expect(() => addressRange(cidr)).toThrow(/IPv4 network/);
  });
});
