import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { createPrometheus } from "./prometheus.ts";
import type { PrometheusOptions, VectorOutcome } from "./prometheus.ts";
import type { QueryOutcome } from "../measurement/measurement.ts";

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

interface Asked {
  readonly request: IncomingMessage;
  readonly body: URLSearchParams;
}

async function serve(status: number, answer: string | undefined): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      asked.push({ request, body: new URLSearchParams(await text(request)) });
      if (answer !== undefined) response.writeHead(status, { location: "http://127.0.0.1:1/" }).end(answer);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, asked };
}

async function query(
  url: string,
  options: PrometheusOptions & { bearerTokenFile?: string; signal?: AbortSignal } = {},
): Promise<QueryOutcome> {
  const { bearerTokenFile, signal, ...bounds } = options;
  const client = createPrometheus({ url, ...(bearerTokenFile === undefined ? {} : { bearerTokenFile }) }, bounds);
  try {
    return await client.query('up{a="b&c"}', signal);
  } finally {
    await client.close();
  }
}

function success(resultType: string, result: unknown): string {
  return JSON.stringify({ status: "success", data: { resultType, result } });
}

function vector(...values: string[]): string {
  return success(
    "vector",
    values.map((value) => ({ metric: {}, value: [1.5, value] })),
  );
}

describe("an answer", () => {
  test.each<[string, string, QueryOutcome]>([
    ["of one series is its value", vector("0.25"), { state: "value", value: 0.25 }],
    ["of a scalar is its value", success("scalar", [1.5, "-3e2"]), { state: "value", value: -300 }],
    ["of +Inf is infinite", vector("+Inf"), { state: "value", value: Infinity }],
    ["of -Inf is infinite", vector("-Inf"), { state: "value", value: -Infinity }],
    ["of NaN is no data", vector("NaN"), { state: "no-data" }],
    ["of no series is no data", vector(), { state: "no-data" }],
  ])("%s", async (_, answer, expected) => {
    const { url } = await serve(200, answer);
    expect(await query(url)).toEqual(expected);
  });
});

describe("an error is", () => {
  test.each<[string, number, string | undefined, string]>([
    ["several series", 200, vector("1", "2"), "2 series: aggregate"],
    ["a matrix", 200, success("matrix", []), "a matrix"],
    ["a native histogram", 200, success("vector", [{ metric: {}, histogram: [1, {}] }]), "native histogram"],
    [
      "an expression that Prometheus refuses",
      400,
      '{"status":"error","errorType":"bad_data","error":"parse error: x"}',
      "bad_data: parse error: x",
    ],
    ["something else than a Prometheus", 200, "<html>internal secrets</html>", "(status 200) is not one of a Prometheus"],
    ["an unreadable status page", 502, "Bad Gateway", "(status 502) is not one of a Prometheus"],
    ["a redirect", 302, "", "(status 302) is not one of a Prometheus"],
    ["a large answer", 200, vector("1").padEnd(3000), "larger than 2000 bytes"],
    ["silence", 200, undefined, "no answer within 300 ms"],
  ])("%s", async (_, status, answer, reason) => {
    const { url } = await serve(status, answer);
    // A busy machine may take long to answer; only who never answers is waited for briefly.
    const timeoutMs = reason.startsWith("no answer") ? 300 : 20_000;
    const outcome = await query(url, { timeoutMs, maxBytes: 2000 });
    expect(outcome).toMatchObject({ state: "error", reason: expect.stringContaining(reason) });
    expect(JSON.stringify(outcome)).not.toContain("secrets");
  });

  test.each<[string, number, string, boolean]>([
    ["an expression that does not parse", 400, '{"status":"error","errorType":"bad_data","error":"parse error"}', true],
    ["an expression of many series", 200, vector("1", "2"), true],
    ["a Prometheus that starts", 503, '{"status":"error","errorType":"unavailable","error":"starting"}', false],
    ["a page of a proxy", 400, "Bad Request", false],
  ])("of the query itself or not: %s", async (_, status, answer, isRefused) => {
    const { url } = await serve(status, answer);
    expect("isRefused" in (await query(url))).toBe(isRefused);
  });

  test("a Prometheus that is not there, named by its host", async () => {
    expect(await query("http://user:hidden@127.0.0.1:1/prefix")).toEqual({
      state: "error",
      reason: "Prometheus at 127.0.0.1:1: the connection is refused",
    });
  });

  test("a query that was called off", async () => {
    const { url } = await serve(200, undefined);
    expect(await query(url, { signal: AbortSignal.abort() })).toMatchObject({ reason: expect.stringContaining("called off") });
  });

  test("a token file that is not there, without its path", async () => {
    const { url, asked } = await serve(200, vector("1"));
    const outcome = await query(url, { bearerTokenFile: "/nowhere/token" });
    expect(outcome).toMatchObject({ state: "error", reason: expect.stringMatching(/: the bearer token file cannot be read$/) });
    expect(asked).toEqual([]);
  });
});

test("asks the query API under the prefix, with the expression in the body and the token of now", async () => {
  const directory = await mkdtemp(join(tmpdir(), "prometheus-"));
  cleanUps.push(() => rm(directory, { recursive: true }));
  const bearerTokenFile = join(directory, "token");
  await writeFile(bearerTokenFile, "first\n");
  const { url, asked } = await serve(200, vector("1"));
  const client = createPrometheus({ url: `${url}/prefix/`, bearerTokenFile });
  cleanUps.push(() => client.close());
  await client.query('up{a="b&c"}');
  await writeFile(bearerTokenFile, "second\n");
  await client.query("up");
  expect(asked.map(({ request }) => [request.method, request.url, request.headers.authorization])).toEqual([
    ["POST", "/prefix/api/v1/query", "Bearer first"],
    ["POST", "/prefix/api/v1/query", "Bearer second"],
  ]);
  expect(asked[0]?.body.get("query")).toBe('up{a="b&c"}');
});

describe("a query for many series", () => {
  async function vectorOf(status: number, answer: string): Promise<VectorOutcome> {
    const { url } = await serve(status, answer);
    const client = createPrometheus({ url });
    cleanUps.push(() => client.close());
    return client.vector("up");
  }

  test("yields each with its labels, but for native histograms", async () => {
    const result = [
      { metric: { pod: "a", le: "0.5" }, value: [1.5, "3"] },
      { metric: { pod: "b" }, value: [1.5, "NaN"] },
      { metric: { pod: "c" }, histogram: [1, {}] },
    ];
    expect(await vectorOf(200, success("vector", result))).toEqual({
      state: "vector",
      series: [
        { labels: { pod: "a", le: "0.5" }, value: 3 },
        { labels: { pod: "b" }, value: NaN },
      ],
    });
    expect(await vectorOf(200, vector())).toEqual({ state: "vector", series: [] });
  });

  test.each([
    [200, success("scalar", [1.5, "1"]), "a scalar"],
    [503, '{"status":"error","errorType":"unavailable","error":"starting"}', "unavailable: starting"],
  ])("has a reason where it fails: %d", async (status, answer, reason) => {
    expect(await vectorOf(status, answer)).toMatchObject({ state: "error", reason: expect.stringContaining(reason) });
  });
});
