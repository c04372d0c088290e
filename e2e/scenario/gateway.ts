import { request } from "undici";
import { inject } from "vitest";
import { gateway, installGateway } from "../cluster/index.ts";
import { nodePortUrl } from "./given.ts";
import { eventually, must, type Kubectl } from "./kubectl.ts";
import { startLoad, type Load, type LoadReport } from "./load.ts";

/** Milliseconds that the first build of Traefik may take on a small machine; give it to the hook that calls givenGateway(). */
export const gatewayBuildMs = 60 * 60_000;

/** The Gateway `public` in namespace `edge`, which takes routes of every namespace; returns the base URL at which this machine reaches it. */
export async function givenGateway(kubectl: Kubectl): Promise<string> {
  await installGateway(inject("cluster"), async (args) => kubectl.run(...args));
  return nodePortUrl(kubectl, gateway.namespace, gateway.service);
}

/** Who answered a request, and when it was sent (milliseconds since 1970). */
export interface Answer {
  readonly sentMs: number;
  readonly status: number;
  /** Of the pod that answered; "unknown" where the answer does not say, as that of a fault. */
  readonly track: string;
}

/** A load of which every answer is kept. */
export interface TrackedLoad {
  readonly answers: readonly Answer[];
  sent(): number;
  stop(): Promise<LoadReport>;
}

/** Starts a constant load on the storefront's /api/release, half of it over connections of its own, and keeps who answered. */
export function startTrackedLoad(url: string, perSecond: number, headers: Readonly<Record<string, string>>): TrackedLoad {
  const answers: Answer[] = [];
  const load: Load = startLoad({
    url: `${url}/api/release`,
    keptAlivePerSecond: perSecond / 2,
    newPerSecond: perSecond / 2,
    headers,
    onAnswer: (status, body, sentMs) => answers.push({ sentMs, status, track: trackOf(status, body) }),
  });
  return { answers, sent: load.sent, stop: load.stop };
}

function trackOf(status: number, body: string): string {
  return status === 200 ? (JSON.parse(body) as { track: string }).track : "unknown";
}

/** The share of answers from the canary among those sent within a span of time, in percent. */
export function canaryShare(answers: readonly Answer[], fromMs: number, toMs: number): { readonly percent: number; readonly of: number } {
  const within = answers.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs);
  const canary = within.filter(({ track }) => track === "canary").length;
  return { percent: Math.round((1000 * canary) / within.length) / 10, of: within.length };
}

/** Waits until the Gateway leads a host to an app: every one of several requests, for each replica of the Gateway learns of a route by itself. */
export async function routeAnswers(url: string, host: string, times = 20): Promise<void> {
  await eventually(`${host} answers through the Gateway`, async () => {
    for (let i = 0; i < times; i++) {
      const { statusCode, body } = await request(`${url}/api/release`, { headers: { host } });
      await body.dump();
      must(statusCode === 200, `status ${statusCode}`);
    }
  });
}
