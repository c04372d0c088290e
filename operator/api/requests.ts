import { GROUP } from "./kind.ts";

/** What users can ask of a release; each is an annotation whose value is an id of the user's choice. */
export const REQUESTS = {
  promote: "Give the candidate to all users at once.",
  abort: "Stop the release and return to the stable one.",
  retry: "Try a failed release again.",
  rollback: "Return to the release before.",
  pause: "Stay at the current step.",
  resume: "Go on after a pause.",
} as const;

/** One thing that users can ask for. */
export type RequestAction = keyof typeof REQUESTS;

/** All actions, in the order of the reference. */
export const REQUEST_ACTIONS = ["promote", "abort", "retry", "rollback", "pause", "resume"] as const satisfies readonly RequestAction[];

/** The longest id of a request, in characters. */
export const MAX_REQUEST_ID_LENGTH = 63;

/** The annotation that asks for an action, such as scalableapp.dev/retry. */
export function requestAnnotation(action: RequestAction): string {
  return `${GROUP}/${action}`;
}

/** A request as it stands in the annotations. */
export interface UserRequest {
  readonly action: RequestAction;
  readonly id: string;
}

/** The requests in the annotations of a ScalableApp, handled or not. */
export function requestsOf(annotations: Readonly<Record<string, string>>): readonly UserRequest[] {
  return REQUEST_ACTIONS.flatMap((action) => {
    const id = annotations[requestAnnotation(action)];
    return id === undefined || id === "" ? [] : [{ action, id: id.slice(0, MAX_REQUEST_ID_LENGTH) }];
  });
}
