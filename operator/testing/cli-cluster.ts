import type { KubeObject } from "../base/object.ts";
import { createHastyClock } from "../kube/testing/fake-clock.ts";
import { sendJson, startFakeApiServer, status as statusObject } from "../kube/testing/fake-api-server.ts";
import type { FakeApiServer, ReceivedRequest } from "../kube/testing/fake-api-server.ts";
import { runCommandLine } from "../cli/commands.ts";
import { at, lookedAt } from "./cli-apps.ts";

/** Where the apps of the namespace retail are. */
export const collection = "/apis/scalableapp.dev/v1alpha1/namespaces/retail/scalableapps";
const revisionsPath = "/apis/apps/v1/namespaces/retail/controllerrevisions";

/** What a command wrote and answered. */
export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

/** A fake API server with apps and stored releases; tests change at will what it holds. */
export interface CliCluster {
  readonly server: FakeApiServer;
  apps: KubeObject[];
  revisions: KubeObject[];
  /** HTTP statuses by method, with which everything is refused. */
  refusals: Readonly<Record<string, number>>;
  /** Sees every request before it is answered. */
  onRequest: (request: ReceivedRequest) => void;
  /** The patches that were sent: query and body. */
  patches(): readonly unknown[];
  /** Answers the request that stands in the annotations of the first app, at the next look. */
  answering(outcome: "done" | "refused", message?: string): void;
  /** Writes annotations as somebody else would. */
  annotate(annotations: Readonly<Record<string, string>>): void;
  run(...words: readonly string[]): Promise<Ran>;
}

/** Starts one. */
export async function startCliCluster(): Promise<CliCluster> {
  // The library that reads kubeconfigs takes seconds to load on a busy machine.
  await import("@kubernetes/client-node");
  const server = await startFakeApiServer();
  const cluster: CliCluster = {
    server,
    apps: [],
    revisions: [],
    refusals: {},
    onRequest: () => undefined,
    patches: () => server.requests.filter(({ method }) => method === "PATCH").map(({ url, body }) => [url.search, JSON.parse(body)]),
    answering(outcome, message) {
      cluster.onRequest = ({ method }) => {
        const [app] = cluster.apps;
        const [request] = Object.entries(app?.metadata.annotations ?? {});
        if (method !== "GET" || !app || !request) return;
        const [annotation, id] = request;
        const answer = { action: annotation.replace("scalableapp.dev/", ""), id, outcome, at: at("12:00:00"), ...(message && { message }) };
        cluster.apps = [{ ...app, status: { ...(app["status"] as object), requests: [answer] } }];
      };
    },
    annotate(annotations) {
      cluster.apps = cluster.apps.map((app) => ({
        ...app,
        metadata: { ...app.metadata, annotations: { ...app.metadata.annotations, ...annotations } },
      }));
    },
    run: async (...words) => run(server, words),
  };
  server.handle((request, response) => {
    cluster.onRequest(request);
    const { code, body } = answerTo(cluster, request);
    sendJson(response, code, body);
  });
  return cluster;
}

function answerTo(cluster: CliCluster, { method, url, body }: ReceivedRequest): { readonly code: number; readonly body: unknown } {
  const refused = cluster.refusals[method];
  if (refused !== undefined) return { code: refused, body: statusObject(refused, "Forbidden", `the test says ${refused}`) };
  const metadata = { resourceVersion: "1" };
  if (url.pathname === collection) return { code: 200, body: { metadata, items: cluster.apps } };
  if (url.pathname === revisionsPath) return { code: 200, body: { metadata, items: cluster.revisions } };
  if (method === "PATCH")
    cluster.annotate((JSON.parse(body) as { metadata: { annotations: Record<string, string> } }).metadata.annotations);
  const found = cluster.apps.find(({ metadata: { name } }) => url.pathname === `${collection}/${name}`);
  return found ? { code: 200, body: found } : { code: 404, body: statusObject(404, "NotFound", "not found") };
}

async function run({ kubeConfig }: FakeApiServer, words: readonly string[]): Promise<Ran> {
  const written = { out: "", error: "" };
  const terminal = {
    out: (text: string) => void (written.out += text),
    error: (text: string) => void (written.error += text),
  };
  const clock = { ...createHastyClock(), wall: () => lookedAt };
  const flags = words.includes("--kubeconfig") ? [] : ["--kubeconfig", kubeConfig, "-n", "retail"];
  const status = await runCommandLine([...words, ...flags], terminal, { clock, env: {} });
  return { status, ...written };
}
