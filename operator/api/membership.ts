import { matching, setOf } from "./text.ts";

/** The groups of components; a group stands for each of its members. */
export const COMPONENT_GROUPS = ["web", "workers", "schedules", "migration"] as const;
/** One of the groups of components. */
export type ComponentGroup = (typeof COMPONENT_GROUPS)[number];

/** A list of components to which a container or volume belongs. */
export function membership(fallback: readonly ComponentGroup[]) {
  return setOf(
    matching(
      49,
      /^(web|workers|schedules|migration|contract|worker-[a-z0-9-]+|schedule-[a-z0-9-]+)$/,
      "must be web, workers, schedules, migration, contract, worker-<name> or schedule-<name>",
    ),
    60,
  )
    .default([...fallback])
    .describe(
      "The components whose pods have it: web, workers, schedules, migration (the contract migration included), or one by its name, such as worker-mail.",
    );
}

/** Whether a component is a member of a list; `name` is its component label. */
export function isMember(list: readonly string[], component: { readonly name: string; readonly group: ComponentGroup }): boolean {
  return list.includes(component.name) || list.includes(component.group);
}
