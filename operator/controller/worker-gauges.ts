import { readExposition } from "../metrics-source/exposition.ts";
import type { PodScraper } from "../metrics-source/pod-scraper.ts";
import type { GaugeSampling, WorkerGauge } from "../plan/observe/worker-gauges.ts";
import type { Activities } from "../queue-source/activity.ts";

/**
 * Asks the pods of workers how many jobs they work on. A pod that does not answer is neither idle nor busy, and a worker of which none does
 * is left out; where no worker is left, the answer is an error that says which field to look at.
 */
export function createGaugeReader(scraper: PodScraper): (job: GaugeSampling) => Promise<Activities> {
  return async (job) => {
    const answers = await Promise.allSettled(
      Object.entries(job).map(async ([component, gauge]) => [component, await ask(scraper, gauge)] as const),
    );
    const known = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const failed = answers.find((answer) => answer.status === "rejected");
    if (known.length === 0 && failed) throw failed.reason;
    return Object.fromEntries(known);
  };
}

async function ask(scraper: PodScraper, { metric, port, path, pods }: WorkerGauge): Promise<Activities[string]> {
  const results = await scraper.scrape({ targets: pods, endpoint: { port, path }, read: (page) => readGauge(page, metric) });
  const counts = results.flatMap((result) => (result.ok ? [{ address: result.target.address, jobs: result.value }] : []));
  const [silent] = results.flatMap((result) => (result.ok ? [] : [result]));
  if (counts.length === 0 && silent !== undefined) {
    const { pod } = silent.target;
    throw new Error(`pod ${pod} does not say how many jobs it works on (workers[].busy, port ${port}, path ${path}): ${silent.reason}`);
  }
  return {
    idle: counts.flatMap(({ address, jobs }) => (jobs === 0 ? [address] : [])),
    busy: counts.flatMap(({ address, jobs }) => (jobs > 0 ? [address] : [])),
    unknown: [],
  };
}

/** The sum over all label values: a pod may have a series per process. */
function readGauge(page: string, metric: string): number {
  const values: number[] = [];
  const { truncated } = readExposition(page, [metric], ({ name, value }) => {
    if (name === metric) values.push(value);
  });
  const sum = values.reduce((total, value) => total + value, 0);
  if (values.length === 0 || truncated) throw new Error(`the page has no gauge ${metric}`);
  if (!values.every((value) => Number.isFinite(value) && value >= 0)) throw new Error(`the gauge ${metric} is no number of jobs`);
  return sum;
}
