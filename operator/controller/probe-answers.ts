import type { PodScraper } from "../metrics-source/pod-scraper.ts";
import type { ProbeSampling } from "../plan/rollout/probe-sampling.ts";

/** Seconds that a container gets to answer before its answers are worth a word. */
const patienceSeconds = 15;

/**
 * Asks a pod what its kubelet asks, over the connection that metrics are scraped with: the same address, port, path and Host header. The
 * answer is a clause; undefined while the container is young, and where the pod answers well, for then it is about to be ready.
 */
export function createProbeReader(scraper: PodScraper, now: () => number): (job: ProbeSampling) => Promise<string | undefined> {
  return async ({ pod, address, port, path, probe, runsSince }) => {
    if (now() - Date.parse(runsSince) < patienceSeconds * 1000) return undefined;
    const [result] = await scraper.scrape({ targets: [{ pod, address, port, restarts: 0 }], path, read: () => undefined });
    if (result === undefined || result.ok || isHealthy(result.reason)) return undefined;
    const hint = result.reason.endsWith("status 400") ? "; is its Host header, the address of the pod, refused?" : "";
    return `asked as its ${probe} does (GET ${path} on port ${port}), pod ${pod}: ${result.reason}${hint}`;
  };
}

/** A page that is no page of metrics came with status 200, and a redirect is no failure to the kubelet either. */
function isHealthy(reason: string): boolean {
  return reason.includes("not a page of metrics") || reason.includes("redirect") || reason.includes("compressed");
}
