import { GROUP } from "./kind.ts";

/** What users can ask of a release; each is an annotation whose value is an id of the user's choice. */
export const REQUESTS = {
  promote: "Go on from the current step, pause or gate; after the last step, give the candidate to all users.",
  "promote-full": "Give the candidate to all users at once, without further steps (the hotfix lane).",
  abort: "Stop the release and return to the stable one; the candidate is quarantined.",
  retry: "Take the release of the spec out of quarantine and start it again.",
  rollback: "Return to the release before, or to the one named after the id (ID:RELEASE), without steps.",
  pause: "Stay at the current step.",
  resume: "Go on after a pause.",
  "skip-step": "Go on to the next step at once.",
  "override-freeze": "Start the release of the spec in spite of rollout.freeze.",
  "override-contract": "Start the release of the spec although a contract migration has changed the schema that it needs.",
} as const;

/** One thing that users can ask for. */
export type RequestAction = keyof typeof REQUESTS;

/** All actions, in the order of the reference. */
export const REQUEST_ACTIONS = [
  "promote",
  "promote-full",
  "abort",
  "retry",
  "rollback",
  "pause",
  "resume",
  "skip-step",
  "override-freeze",
  "override-contract",
] as const satisfies readonly RequestAction[];

/** What can become of a request. */
export const REQUEST_OUTCOMES = ["done", "refused"] as const;
/** What became of a request. */
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

/** The longest id of a request, in characters. */
const MAX_REQUEST_ID_LENGTH = 63;

/** The annotation that asks for an action, such as scalableapp.dev/retry. */
export function requestAnnotation(action: RequestAction): string {
  return `${GROUP}/${action}`;
}

/** A request as it stands in the annotations. */
export interface UserRequest {
  readonly action: RequestAction;
  readonly id: string;
  /** Of a rollback: the release to return to. Default: the one before. */
  readonly release?: string;
}

/** The requests in the annotations of a ScalableApp, handled or not. */
export function requestsOf(annotations: Readonly<Record<string, string>>): readonly UserRequest[] {
  return REQUEST_ACTIONS.flatMap((action) => {
    const value = annotations[requestAnnotation(action)];
    return value === undefined || value === "" ? [] : [toRequest(action, value)];
  });
}

/** A rollback's value is ID or ID:RELEASE. */
function toRequest(action: RequestAction, value: string): UserRequest {
  const colon = action === "rollback" ? value.lastIndexOf(":") : -1;
  const release = colon < 0 ? "" : value.slice(colon + 1).trim();
  // The whole value is the id, so that the same id with another release is another request.
  const request = { action, id: value.slice(0, MAX_REQUEST_ID_LENGTH) };
  return release === "" ? request : { ...request, release };
}
