import { connect } from "node:net";
import { CONNECTION_REFUSED } from "../metrics-source/exchange.ts";
import type { PodProber } from "../metrics-source/pod-prober.ts";
import type { ProbeAnswer, ProbeAnswers, ProbeQuestion } from "../plan/observe/probe-answers.ts";
import type { ProbeSampling } from "../plan/observe/probe-sampling.ts";
import { concernsRequest } from "../plan/observe/probe-trouble.ts";

/** Seconds after which even an app that is starting means what it answers about a path. */
const shortestPatience = 15;
/** Answers of pods that are kept at most. */
const mostRemembered = 1000;

/** Who asks. */
export interface ProbeReaderDependencies {
  readonly prober: PodProber;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  /** Whether a port takes connections. Default: by TCP. */
  readonly dial?: (address: string, port: number, timeoutMs: number) => Promise<ProbeAnswer["outcome"] | undefined>;
}

/**
 * Asks pods what their kubelet asks: the same address, port, path and Host header. Of each pod the first bad answer; none while its container
 * is young or answers well. What a container answered before it was restarted holds until it has been asked again.
 */
export function createProbeReader(deps: ProbeReaderDependencies): (jobs: readonly ProbeSampling[]) => Promise<ProbeAnswers> {
  const remembered = new Map<string, ProbeAnswer>();
  return async (jobs) => {
    const asked = await Promise.all(jobs.map(async (job) => [job.pod, await answerOf(deps, remembered, job)] as const));
    return Object.fromEntries(asked.flatMap(([pod, answer]) => (answer === undefined ? [] : [[pod, answer]])));
  };
}

async function answerOf(
  deps: ProbeReaderDependencies,
  remembered: Map<string, ProbeAnswer>,
  { uid, runs }: ProbeSampling,
): Promise<ProbeAnswer | undefined> {
  const ageSeconds = runs === undefined ? 0 : (deps.now() - Date.parse(runs.since)) / 1000;
  if (runs === undefined || ageSeconds < shortestPatience) return remembered.get(uid);
  const answer = await firstBad(deps, runs.address, runs.questions);
  if (answer !== undefined && ageSeconds < runs.patienceSeconds && !concernsRequest(answer)) return remembered.get(uid);
  if (remembered.size >= mostRemembered) remembered.clear();
  if (answer === undefined) remembered.delete(uid);
  else remembered.set(uid, answer);
  return answer;
}

async function firstBad(
  deps: ProbeReaderDependencies,
  address: string,
  questions: readonly ProbeQuestion[],
): Promise<ProbeAnswer | undefined> {
  for (const question of questions) {
    // oxlint-disable-next-line no-await-in-loop -- a pod that is not ready should not be asked everything at once
    const outcome = await ask(deps, address, question);
    if (outcome !== undefined) return { ...question, outcome };
  }
  return undefined;
}

/** Undefined where the kubelet would be pleased. */
async function ask(
  { prober, dial = dialPort }: ProbeReaderDependencies,
  address: string,
  { port, path, host, timeoutSeconds }: ProbeQuestion,
): Promise<ProbeAnswer["outcome"] | undefined> {
  const timeoutMs = timeoutSeconds * 1000;
  if (path === undefined) return dial(address, port, timeoutMs);
  const answer = await prober.ask({ address, port, host, path, timeoutMs, signal: AbortSignal.timeout(2 * timeoutMs) });
  if (answer === "called off") return undefined;
  if ("failure" in answer) return answer.failure === CONNECTION_REFUSED ? "refused" : { failure: answer.failure };
  return answer.status >= 200 && answer.status < 400 ? undefined : answer.status;
}

async function dialPort(address: string, port: number, timeoutMs: number): Promise<ProbeAnswer["outcome"] | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (outcome: ProbeAnswer["outcome"] | undefined) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once("connect", () => end(undefined));
    socket.once("timeout", () => end({ failure: `no connection within ${timeoutMs} ms` }));
    socket.once("error", (error) => end("code" in error && error.code === "ECONNREFUSED" ? "refused" : { failure: error.message }));
  });
}
