import { z } from "zod";

const MESSAGE = 'must be a number of pods such as 1, or a percentage such as "25%"';

/** How many pods of a component may be evicted at once. */
export const disruptionSchema = z.strictObject({
  maxUnavailable: podsOrPercent(1000)
    .default(1)
    .describe(
      'Pods of a component that may be evicted at once: a number such as 1, or a percentage such as "25%". Default: by stage (1, or 10% for scale and hyperscale).',
    ),
});

/** A number of pods, at least one, or a percentage of them. */
export function podsOrPercent(max: number) {
  return z
    .union(
      [
        z.int().min(1, MESSAGE).max(max, MESSAGE),
        z
          .string()
          .max(4, MESSAGE)
          .regex(/^([1-9][0-9]?|100)%$/, MESSAGE),
      ],
      MESSAGE,
    )
    .meta({ intOrString: MESSAGE });
}

/** A number of pods, where `share` may be a percentage of `replicas`, rounded up. */
export function podsOf(share: number | string, replicas: number): number {
  return typeof share === "number" ? share : Math.ceil((Number.parseInt(share, 10) * replicas) / 100);
}
