import { scalableApps } from "../api/kind.ts";
import { requestAnnotation, requestsOf } from "../api/requests.ts";
import type { RequestAction } from "../api/requests.ts";
import type { HandledRequest } from "../api/status.ts";
import type { Clock } from "../base/clock.ts";
import { readApp } from "./app.ts";
import type { App } from "./app.ts";
import type { Cluster } from "./cluster.ts";
import { follow } from "./follow.ts";

/** The field manager of requests: it owns their annotations alone, so that GitOps tools leave them be. */
const CLI_FIELD_MANAGER = "scalable-app-cli";

/** What a user asks for. */
export interface Asked {
  readonly action: RequestAction;
  readonly id: string;
  /** Of a rollback: the release to return to. */
  readonly release?: string | undefined;
}

/** An app, and what became of a request, where it is known. */
export interface Answered {
  readonly app: App;
  readonly answer: HandledRequest | undefined;
}

/** Writes a request, unless its id is there already; what became of it, if that stands in the status. */
export async function ask(cluster: Cluster, app: App, asked: Asked): Promise<Answered> {
  const answer = answerOf(app, asked);
  const annotation = requestAnnotation(asked.action);
  const value = valueOf(asked);
  if (answer || app.annotations[annotation] === value) return { app, answer };
  const patch = { metadata: { annotations: { [annotation]: value } } };
  await cluster.client.mergePatch(scalableApps, app.namespace, app.name, { patch, fieldManager: CLI_FIELD_MANAGER });
  return { app, answer: undefined };
}

/** Waits until the operator has answered a request. */
export async function awaitAnswer(
  cluster: Cluster,
  { app, answer }: Answered,
  asked: Asked,
  wait: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<Answered> {
  if (answer) return { app, answer };
  let last = app;
  await follow({ ...wait, everyMs: 500 }, async () => {
    last = await readApp(cluster, app.name);
    return answerOf(last, asked);
  });
  return { app: last, answer: answerOf(last, asked) };
}

/** What the status says of a request: the last handled one of each action stands there. */
function answerOf({ status }: App, asked: Asked): HandledRequest | undefined {
  const [request] = requestsOf({ [requestAnnotation(asked.action)]: valueOf(asked) });
  return status.requests?.find(({ action, id }) => action === asked.action && id === request?.id);
}

function valueOf({ id, release }: Asked): string {
  return release === undefined ? id : `${id}:${release}`;
}
