import { describe, expect, test } from "vitest";
import { appOf } from "../../testing/rendered.ts";
import { decideBounds, withHighestCeiling } from "./bounds.ts";

const mornings = { name: "mornings", cron: "0 7 * * 1-5", duration: "3h", timeZone: "Europe/Berlin", minReplicas: 8, leadSeconds: 0 };
const night = { name: "night", cron: "0 22 * * *", duration: "12h", timeZone: "Europe/Berlin", maxReplicas: 6, leadSeconds: 0 };
const blackFriday = {
  name: "black-friday",
  start: "2026-11-27T06:00:00",
  end: "2026-11-28T00:00:00",
  timeZone: "Europe/Berlin",
  minReplicas: 15,
  maxReplicas: 40,
};

const scheduled = (...schedules: readonly object[]) => appOf({ web: { autoscaling: { minReplicas: 4, maxReplicas: 20, schedules } } });

/** "4 to 20 until 2026-11-27T05:00:00Z": the bounds, and when they change. */
function boundsAt(now: string, ...schedules: readonly object[]): string {
  const bounds = decideBounds(scheduled(...schedules), now);
  return `${bounds?.floor.replicas} to ${bounds?.ceiling.replicas} until ${bounds?.changesAt}`;
}

describe("the bounds of web", () => {
  test("are those of autoscaling without a window", () => {
    expect(decideBounds(scheduled(), "2026-11-27T12:00:00Z")).toEqual({
      floor: { replicas: 4, because: "web.autoscaling.minReplicas" },
      ceiling: { replicas: 20, because: "web.autoscaling.maxReplicas" },
      needed: 4,
      changesAt: undefined,
    });
    expect(decideBounds(appOf({ web: { replicas: 3 } }), "2026-11-27T12:00:00Z")).toBeUndefined();
  });

  test.each([
    // Black Friday, a day in the life of a shop; 06:00 in Berlin is 05:00 UTC. It opens five minutes early, that its pods are ready.
    ["2026-11-27T04:54:59Z", "4 to 20 until 2026-11-27T04:55:00Z", [blackFriday]],
    ["2026-11-27T04:55:00Z", "15 to 40 until 2026-11-27T23:00:00Z", [blackFriday]],
    ["2026-11-27T22:59:59Z", "15 to 40 until 2026-11-27T23:00:00Z", [blackFriday]],
    ["2026-11-27T23:00:00Z", "4 to 20 until undefined", [blackFriday]],
    // Of windows that overlap the highest floor and the highest ceiling hold: night's 6 would starve the sale.
    ["2026-11-27T05:30:00Z", "15 to 40 until 2026-11-27T06:00:00Z", [blackFriday, mornings, night]],
    ["2026-11-27T06:00:00Z", "15 to 40 until 2026-11-27T09:00:00Z", [blackFriday, mornings, night]],
    // A floor raises the ceiling of another window.
    ["2026-11-26T06:30:00Z", "8 to 8 until 2026-11-26T09:00:00Z", [mornings, night]],
    ["2026-11-26T09:00:00Z", "4 to 20 until 2026-11-26T21:00:00Z", [mornings, night]],
    ["2026-11-26T21:00:00Z", "4 to 6 until 2026-11-27T06:00:00Z", [mornings, night]],
    // A window never lowers the floor.
    ["2026-11-26T06:30:00Z", "4 to 20 until 2026-11-26T09:00:00Z", [{ ...mornings, minReplicas: 2 }]],
  ])("at %s they are %s", (now, expected, schedules) => {
    expect(boundsAt(now, ...schedules)).toBe(expected);
  });

  test.each([
    ["the Friday before the clocks go back", "2026-10-23T05:00:00Z", "8 to 20 until 2026-10-23T08:00:00Z"],
    ["the Monday after", "2026-10-26T05:00:00Z", "4 to 20 until 2026-10-26T06:00:00Z"],
    ["the Monday after, at its local hour", "2026-10-26T06:00:00Z", "8 to 20 until 2026-10-26T09:00:00Z"],
    ["a Saturday", "2026-10-24T05:30:00Z", "4 to 20 until 2026-10-26T06:00:00Z"],
  ])("keep their local hours: %s", (_, now, expected) => {
    expect(boundsAt(now, mornings)).toBe(expected);
  });

  test("open a repeated window early too, and still close it at its time", () => {
    const early = { ...mornings, leadSeconds: 600 };
    expect(boundsAt("2026-11-26T05:49:59Z", early)).toBe("4 to 20 until 2026-11-26T05:50:00Z");
    expect(boundsAt("2026-11-26T05:50:00Z", early)).toBe("8 to 20 until 2026-11-26T09:00:00Z");
  });

  test("need the pods of a window only at its time: before it they are being brought up", () => {
    const early = { ...mornings, leadSeconds: 600 };
    const neededAt = (now: string) => decideBounds(scheduled(early), now)?.needed;
    expect(["2026-11-26T05:50:00Z", "2026-11-26T06:00:00Z", "2026-11-26T09:00:00Z"].map(neededAt)).toEqual([4, 8, 4]);
  });

  test("name the window that sets them", () => {
    expect(decideBounds(scheduled(mornings), "2026-11-26T06:30:00Z")?.floor.because).toBe(
      "web.autoscaling.schedules[mornings] until 2026-11-26T09:00:00Z",
    );
  });

  test("never exceed what the database has connections for", () => {
    expect(decideBounds(scheduled(blackFriday), "2026-11-27T12:00:00Z", 12)).toMatchObject({
      floor: { replicas: 12, because: "the connections of the database" },
      ceiling: { replicas: 12, because: "the connections of the database" },
    });
  });
});

test("connections are counted for the highest ceiling of all windows", () => {
  expect(withHighestCeiling(scheduled(blackFriday, night)).spec.web.autoscaling?.maxReplicas).toBe(40);
  expect(withHighestCeiling(scheduled({ ...mornings, minReplicas: 25 })).spec.web.autoscaling?.maxReplicas).toBe(25);
  expect(withHighestCeiling(scheduled(night)).spec.web.autoscaling?.maxReplicas).toBe(20);
});
