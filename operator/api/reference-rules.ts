import { VARIABLES_OF_ONE_GROUP } from "./contract-variables.ts";
import { COMPONENT_GROUPS } from "./membership.ts";
import type { ComponentGroup } from "./membership.ts";

const NAMES = ["SCALABLEAPP_RUN_ID", "DATABASE_DIRECT_URL"] as const;
type Name = (typeof NAMES)[number];

const REMEDIES: Readonly<Record<Name, string>> = {
  SCALABLEAPP_RUN_ID: "which schedules alone get: remove it",
  DATABASE_DIRECT_URL: "which the migration alone gets: use $(DATABASE_URL), or move the variable to migration.env",
};

/**
 * Rules of the spec, for the API server: no component's own variable begins with one that only components of another group get. The
 * parser finds all other references; to look for them within values would cost the API server too much.
 */
export const REFERENCE_RULES = COMPONENT_GROUPS.flatMap((group) =>
  NAMES.filter((name) => VARIABLES_OF_ONE_GROUP[name] !== group).map((name) => ({
    cel: `${isUsers("self", name)} || ${ruleOf(group, name)}`,
    message: `must not refer to $(${name}) in env, ${REMEDIES[name]}`,
    field: group,
  })),
);

function ruleOf(group: ComponentGroup, name: Name): string {
  const one = (component: string) =>
    `!has(${component}.env) || ${isUsers(component, name)} || ${component}.env.all(one, !has(one.value) || !one.value.startsWith('$(${name})'))`;
  const isList = group === "workers" || group === "schedules";
  return `!has(self.${group}) || ${isList ? `self.${group}.all(component, ${one("component")})` : one(`self.${group}`)}`;
}

/** Whether the user may have set the variable, by its name or by an envFrom. */
function isUsers(holder: string, name: Name): string {
  return `(has(${holder}.envFrom) && ${holder}.envFrom.size() > 0) || (has(${holder}.env) && ${holder}.env.exists(one, one.name == '${name}'))`;
}
