import { CONDITIONS, REASONS } from "../../operator/api/conditions.ts";
import { REQUESTS, REQUEST_ACTIONS, requestAnnotation } from "../../operator/api/requests.ts";

/** The reference of conditions, their reasons and the requests of users, as Markdown. */
export function conditionsReference(): string {
  return [
    "<!-- Generated from operator/api by `make generate`; never edit. -->",
    "# Conditions of a ScalableApp",
    "`kubectl get sapp <name> -o yaml` shows them under `status.conditions`; `kubectl wait --for=condition=Ready sapp/<name>` waits for one.",
    "## Types",
    table(
      ["type", "good", "meaning"],
      Object.entries(CONDITIONS).map(([type, { good, meaning }]) => [`\`${type}\``, good, meaning]),
    ),
    "## Reasons",
    "A reason that asks somebody to act is marked in the second column.",
    table(
      ["reason", "act", "meaning"],
      Object.entries(REASONS).map(([reason, { error, meaning }]) => [`\`${reason}\``, error ? "yes" : "", meaning]),
    ),
    "## Requests",
    "`scalable-app retry shop` ([the command line](cli.md)) asks and prints the answer. Without it, set the annotation to an id of your choice, such as `kubectl annotate sapp shop scalableapp.dev/retry=1`; the handled id stands in `status.requests`.",
    table(
      ["annotation", "effect"],
      REQUEST_ACTIONS.map((action) => [`\`${requestAnnotation(action)}\``, REQUESTS[action]]),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
