import { z } from "zod";

const MESSAGE = 'must be a number of pods such as 1, or a percentage such as "25%"';

/** How many pods of a component may be evicted at once. */
export const disruptionSchema = z.strictObject({
  maxUnavailable: z
    .union(
      [
        z.int().min(1, MESSAGE).max(1000, MESSAGE),
        z
          .string()
          .max(4, MESSAGE)
          .regex(/^([1-9][0-9]?|100)%$/, MESSAGE),
      ],
      MESSAGE,
    )
    .default(1)
    .meta({ intOrString: MESSAGE })
    .describe('Pods of a component that may be evicted at once: a number such as 1, or a percentage such as "25%".'),
});

/** How many pods of a component may be evicted at once. */
export type Disruption = z.output<typeof disruptionSchema>;
