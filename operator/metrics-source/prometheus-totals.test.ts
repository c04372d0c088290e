import { expect, test } from "vitest";
import { readPrometheus } from "./prometheus-totals.ts";
import type { PrometheusView } from "./prometheus-totals.ts";
import type { Series, VectorOutcome } from "./prometheus.ts";
import type { RequestMetrics, SampledPod, SampledRelease, SamplingJob } from "../measurement/sampling-job.ts";

const metrics = { port: 8080, path: "/metrics", requestDuration: "wait", statusLabel: "code", excludeRoutes: ["/up"] };

function pod(name: string, ready = true): SampledPod {
  return { pod: name, address: "10.0.0.1", ready, restarts: 0, createdMs: 0 };
}

function release(pods: readonly SampledPod[], more: Partial<RequestMetrics> = {}): SampledRelease {
  return { pods, metrics: { ...metrics, ...more }, web: { port: 8080 } };
}

function series(value: number, labels: Readonly<Record<string, string>>): Series {
  return { value, labels };
}

interface Known {
  readonly counts?: readonly Series[];
  readonly durations?: readonly Series[];
  readonly routes?: readonly Series[];
  readonly scrapes?: readonly Series[];
  readonly error?: string;
}

/** What is read of one stable and two candidate pods, and what was asked for it. */
async function read(
  known: Known,
  placements: Partial<SamplingJob["placements"]> = {},
): Promise<{ readonly view: PrometheusView; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const answers = [
    [/^sum by \(pod, (code|status)\)/, known.counts],
    [/^sum by \(pod, le\)/, known.durations],
    [/^count\(/, known.routes],
    [/^max by \(pod\) \(count_over_time\(up/, known.scrapes],
  ] as const;
  const prometheus = {
    query: () => Promise.reject(new Error("not asked for")),
    vector(promql: string): Promise<VectorOutcome> {
      asked.push(promql);
      if (known.error !== undefined) return Promise.resolve({ state: "error", reason: known.error });
      const found = answers.find(([pattern]) => pattern.test(promql))?.[1] ?? [];
      return Promise.resolve({ state: "vector", series: found.filter(({ labels }) => promql.includes(labels["pod"] ?? "")) });
    },
    close: () => Promise.resolve(),
  };
  const job: SamplingJob = {
    id: "r2",
    trialStartedMs: 0,
    intervalSeconds: 10,
    placements: { stable: release([pod("s1")]), candidate: release([pod("c1"), pod("c2")]), ...placements },
    probes: [],
    prometheus: { url: "http://prometheus", namespace: "shop" },
    queries: [],
  };
  return { view: await readPrometheus(prometheus, job, new AbortController().signal), asked };
}

const everyPodScraped = ["s1", "c1", "c2"].map((name) => series(20, { pod: name }));

test("both releases are asked for together, and each pod has its totals", async () => {
  const { view, asked } = await read({
    counts: [
      series(90, { pod: "s1", code: "200" }),
      series(10, { pod: "s1", code: "503" }),
      series(4, { pod: "c1", code: "200" }),
      series(2, { pod: "c1" }),
      series(NaN, { pod: "c1", code: "500" }),
    ],
    durations: [series(3, { pod: "c1", le: "0.5" }), series(6, { pod: "c1", le: "+Inf" }), series(1.5, { pod: "c1", le: "sum" })],
    routes: [series(1, {})],
    scrapes: everyPodScraped,
  });
  expect(asked).toHaveLength(4);
  expect(view.problems).toEqual({});
  expect(view.scrapeSeconds).toBe(15);
  expect(view.reports.stable).toMatchObject([{ ok: true, value: { requests: 100, errors: 10, routesUnknown: false } }]);
  expect(view.reports.candidate).toMatchObject([
    {
      ok: true,
      value: {
        requests: 6,
        errors: 0,
        withoutStatus: 2,
        seconds: 1.5,
        declared: true,
        buckets: [
          { le: 0.5, count: 3 },
          { le: Infinity, count: 6 },
        ],
      },
    },
    { ok: true, value: { requests: 0, declared: false } },
  ]);
});

test("releases that name their metrics differently are asked for apart", async () => {
  const requests = { name: "reqs_total", statusLabel: "status" };
  const { view, asked } = await read(
    { counts: [series(5, { pod: "s1", code: "500" }), series(7, { pod: "c1", status: "500" })], scrapes: everyPodScraped },
    { candidate: release([pod("c1")], { requests }) },
  );
  expect(asked).toHaveLength(8);
  expect(view.reports).toMatchObject({ stable: [{ value: { errors: 5 } }], candidate: [{ value: { errors: 7 } }] });
});

test("a pod that Prometheus cannot scrape, or does not know, has a reason", async () => {
  const { view } = await read({
    counts: [series(1, { pod: "s1", code: "200" })],
    scrapes: [series(20, { pod: "s1" }), series(0, { pod: "c1" })],
  });
  expect(view.reports.candidate).toMatchObject([
    { ok: false, reason: "Prometheus cannot scrape it" },
    { ok: false, reason: "Prometheus does not know it" },
  ]);
  expect(view.problems).toEqual({});
});

test("no series with a route is reported as such", async () => {
  const { view } = await read({ counts: [series(1, { pod: "s1", code: "200" })], scrapes: everyPodScraped });
  expect(view.reports).toMatchObject({
    stable: [{ value: { routesUnknown: true } }],
    candidate: [{ value: { routesUnknown: false } }, { value: { routesUnknown: false } }],
  });
});

test.each<[string, Known, RegExp]>([
  [
    "does not answer",
    { error: "Prometheus at prometheus:9090: the connection is refused" },
    /connection is refused; monitoring.prometheus must answer/,
  ],
  [
    "knows none of the pods",
    { counts: [], scrapes: [] },
    /neither up nor wait_count of any of the 2 candidate pods, such as c1 in namespace shop; .*labels namespace and pod/,
  ],
])("a Prometheus that %s is a problem, with what is wanted", async (_, known, problem) => {
  const { view } = await read(known);
  expect(view.problems.candidate).toMatch(problem);
  expect(view.reports.candidate.map(({ ok }) => ok)).toEqual([false, false]);
});

test("pods that are not ready yet are no problem, nor is it none", async () => {
  const { view } = await read({}, { stable: release([]), candidate: release([pod("c1", false)]) });
  expect(view.problems).toEqual({});
  expect(view.scrapeSeconds).toBeUndefined();
});

test("no pod at all is not asked for", async () => {
  const { asked } = await read({}, { stable: release([]), candidate: release([]) });
  expect(asked).toEqual([]);
});
