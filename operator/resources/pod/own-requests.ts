import type { Resources } from "../../api/container.ts";
import { quantityValue } from "../../api/quantity.ts";

/** The user's requests over the operator's own; one of the operator's own is lowered to a limit below it, which Kubernetes would refuse. */
export function requestsOver(own: Readonly<Record<string, string>>, { requests, limits }: Resources): Record<string, string> {
  const within = Object.entries(own).map(([name, amount]) => {
    const limit = limits?.[name];
    return [name, limit !== undefined && quantityValue(limit) < quantityValue(amount) ? limit : amount];
  });
  return { ...Object.fromEntries(within), ...requests };
}
