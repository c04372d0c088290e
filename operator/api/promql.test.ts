import { expect, test } from "vitest";
import { promqlProblem } from "./promql.ts";

test.each([
  "vector(1)",
  'sum(rate(http_requests_total{pod=~"{{candidatePods}}",code=~"5.."}[{{window}}])) or vector(0)',
  'histogram_quantile(0.99, sum by (le) (rate(a_bucket{namespace="{{namespace}}"}[1m]))) > bool 2',
  "a * on (pod) group_left (x) b offset 5m # a comment",
  '{"a.b", x="y"}\n/\nrate(a[5m:30s])',
])("%s is PromQL", (promql) => {
  expect(promqlProblem(promql)).toBeUndefined();
});

test.each([
  ["sum(rate(x[5m])", "it ends at line 1, character 16 before it is whole"],
  ["rate(x[5q])", '"q" at line 1, character 9'],
  ["a b", '"b" at line 1, character 3'],
  ["sum(a)\n+ nope(x)", '"(" at line 2, character 7'],
  ['up{pod=~"{{candidatePods}}"}[{{windows}}]', '"{" at line 1, character 30'],
  ["foo{a=b}", '"b" at line 1, character 7'],
])("%s is none", (promql, words) => {
  expect(promqlProblem(promql)).toContain(words);
});
