import type { PodProber } from "../metrics-source/pod-prober.ts";
import type { ProbeSampling } from "../plan/rollout/probe-sampling.ts";

/** Seconds that a container gets to answer before its answers are worth a word. */
const patienceSeconds = 15;
/** Milliseconds; the kubelet's own default is a second. */
const timeoutMs = 2000;

/**
 * Asks a pod what its kubelet asks: the same address, port, path and Host header. The answer is a clause; undefined while the container is
 * young, and where the pod answers well, for then it is about to be ready.
 */
export function createProbeReader(prober: PodProber, now: () => number): (job: ProbeSampling) => Promise<string | undefined> {
  return async ({ pod, address, port, path, host, probe, runsSince }) => {
    if (now() - Date.parse(runsSince) < patienceSeconds * 1000) return undefined;
    const answer = await prober.ask({ address, port, host, path, timeoutMs, signal: AbortSignal.timeout(2 * timeoutMs) });
    if (answer === "called off" || ("status" in answer && pleasesKubelet(answer.status))) return undefined;
    const said = "status" in answer ? `the answer has status ${answer.status}` : answer.failure;
    const hint = "status" in answer && answer.status === 400 ? `; is its Host header, ${host ?? "the address of the pod"}, refused?` : "";
    return `asked as its ${probe} does (GET ${path} on port ${port}), pod ${pod}: ${said}${hint}`;
  };
}

function pleasesKubelet(status: number): boolean {
  return status >= 200 && status < 400;
}
