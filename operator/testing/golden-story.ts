import { expect } from "vitest";
import { expectGolden } from "./golden.ts";
import { play, type Happening } from "./rollout-story.ts";
import type { SimulationSettings } from "./simulator.ts";

/** Plays a rollout: no invariant breaks, and it goes as the golden file says. */
export function mustReport(name: string, settings: SimulationSettings, happenings: readonly Happening[]): void {
  const story = play(settings, happenings);
  expect(story.broken, story.lines.join("\n")).toEqual([]);
  expectGolden(new URL(`../plan/rollout/testdata/${name}.golden`, import.meta.url), `${story.lines.join("\n")}\n`);
}
