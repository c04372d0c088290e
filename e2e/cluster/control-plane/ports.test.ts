import { expect, test } from "vitest";
import { findFreePorts } from "./ports.ts";

test("finds different ports outside the range of outgoing connections", async () => {
  const ports = await findFreePorts(5);
  expect(new Set(ports).size).toBe(5);
  for (const port of ports) {
    expect(port).toBeGreaterThanOrEqual(10_240);
    expect(port).toBeLessThan(32_768);
  }
});
