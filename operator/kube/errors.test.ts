import { describe, expect, test } from "vitest";
import * as errors from "./errors.ts";
import { scrubMessage } from "./scrub.ts";
import { errorOfResponse, errorWithoutResponse } from "./status-error.ts";
import { status } from "./testing/fake-api-server.ts";

const subject = { verb: "create", resource: "pods", namespace: "shop", name: "p" };

function answered(code: number, reason: string, message = "m", details?: unknown): errors.KubeError {
  return errorOfResponse(subject, code, JSON.stringify(status(code, reason, message, details)));
}

describe("predicates", () => {
  const predicates = {
    isNotFound: errors.isNotFound,
    isConflict: errors.isConflict,
    isAlreadyExists: errors.isAlreadyExists,
    isUnauthorized: errors.isUnauthorized,
    isForbidden: errors.isForbidden,
    isQuotaExceeded: errors.isQuotaExceeded,
    isNamespaceTerminating: errors.isNamespaceTerminating,
    isInvalid: errors.isInvalid,
    isGone: errors.isGone,
    isTooManyRequests: errors.isTooManyRequests,
    isTransient: errors.isTransient,
  };
  const terminating = { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace", message: "x" }] };

  test.each([
    ["404", answered(404, "NotFound"), ["isNotFound"]],
    ["409 Conflict", answered(409, "Conflict"), ["isConflict"]],
    ["409 AlreadyExists", answered(409, "AlreadyExists"), ["isAlreadyExists"]],
    ["401", answered(401, "Unauthorized"), ["isUnauthorized"]],
    ["403", answered(403, "Forbidden"), ["isForbidden"]],
    ["403 quota", answered(403, "Forbidden", "exceeded quota: q"), ["isForbidden", "isQuotaExceeded"]],
    ["403 terminating", answered(403, "Forbidden", "m", terminating), ["isForbidden", "isNamespaceTerminating"]],
    ["422", answered(422, "Invalid"), ["isInvalid"]],
    ["410", answered(410, "Expired"), ["isGone"]],
    ["429", answered(429, "TooManyRequests"), ["isTooManyRequests", "isTransient"]],
    ["500", answered(500, "InternalError"), ["isTransient"]],
    ["504", answered(504, "Timeout"), ["isTransient"]],
    ["no answer", errorWithoutResponse(subject, "ConnectionFailed", new Error("ECONNRESET")), ["isTransient"]],
    ["no answer in time", errorWithoutResponse(subject, "Timeout", new Error("x")), ["isTransient"]],
    ["stopped by us", errorWithoutResponse(subject, "Aborted", new Error("x")), []],
    ["something else", new Error("x"), []],
  ])("%s", (_what, error, expected) => {
    const holding = Object.entries(predicates).filter(([, holds]) => holds(error));
    expect(holding.map(([name]) => name)).toEqual(expect.arrayContaining(expected));
    expect(holding).toHaveLength(expected.length);
  });
});

describe("messages", () => {
  test("a refused value that is long is not shown, its field and reason are", () => {
    const template = JSON.stringify({ env: [{ name: "PASSWORD", value: "canary-secret" }], padding: "x".repeat(100) });
    const message = `Job.batch "j" is invalid: spec.template: Invalid value: ${template}: field is immutable`;
    const error = answered(422, "Invalid", message, {
      causes: [{ field: "spec.template", message: `Invalid value: ${template}: field is immutable` }],
    });
    expect(error.message).toContain("spec.template: Invalid value: (not shown): field is immutable");
    expect(JSON.stringify([error.message, error.causes])).not.toContain("canary");
  });

  test("a short refused value is shown", () => {
    const message = 'Service "s" is invalid: spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive';
    expect(scrubMessage(message)).toBe(message);
  });

  test("passwords in URLs are masked and long messages cut", () => {
    expect(scrubMessage("dial postgres://app:s3cr3t@db:5432/x failed")).toBe("dial postgres://app:***@db:5432/x failed");
    expect(scrubMessage("x".repeat(5000))).toHaveLength(4001);
  });

  const template = JSON.stringify({ env: [{ name: "A", value: "canary, or not: who knows" }], quoted: 'a "canary: b"' });
  const goTemplate = `core.PodTemplateSpec{Env:[]core.EnvVar{core.EnvVar{Name:"A", Value:"canary: x, y"}}, Time:time.Date(1, time.January)}`;
  const invalid = (causes: string) => `CronJob.batch "j" is invalid: [${causes}]`;
  const zone = 'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base';
  test.each([
    [`spec.schedule: Invalid value: "0 9 * * 7": end of range (7) above maximum (6): 7, ${zone}`, undefined],
    [
      `spec.template: Invalid value: ${template}: field is immutable, ${zone}`,
      `spec.template: Invalid value: (not shown): field is immutable, ${zone}`,
    ],
    [
      `${zone}, spec.template: Invalid value: ${goTemplate}: field is immutable`,
      `${zone}, spec.template: Invalid value: (not shown): field is immutable`,
    ],
    [`${zone}, spec.a: Required value: must be given, spec.b: Forbidden: may not be set`, undefined],
    [
      'spec.x: Unsupported value: "Y": supported values: "A", "B", spec.y: Duplicate value: "z", spec.z: Too many: 3: must have at most 2 items',
      undefined,
    ],
    [
      `spec.containers[0].env[0].name: Invalid value: "canary": must be a C identifier, metadata.annotations: Invalid value: "canary": no`,
      "spec.containers[0].env[0].name: Invalid value: (not shown): must be a C identifier, metadata.annotations: Invalid value: (not shown): no",
    ],
    [`spec.v: Invalid value: {"a":"canary"}: no, ${zone}`, `spec.v: Invalid value: (not shown): no, ${zone}`],
    [`spec.v: Invalid value: "a \\"canary\\" ${"x".repeat(90)}: y": no`, "spec.v: Invalid value: (not shown): no"],
  ])("every cause of %s keeps its path and its reason", (causes, expected = causes) => {
    expect(scrubMessage(invalid(causes))).toBe(invalid(expected));
  });

  test("a value that is cut off hides the rest", () => {
    expect(scrubMessage('spec.v: Invalid value: {"a":"canary')).toBe("spec.v: Invalid value: (not shown)");
  });

  test("a cause's own path says that its value may be secret", () => {
    const error = answered(422, "Invalid", "m", { causes: [{ field: "data[url]", message: 'Invalid value: "canary": no' }] });
    expect(error.causes).toEqual([{ field: "data[url]", message: "Invalid value: (not shown): no" }]);
  });

  test("a proxy's page is not quoted", () => {
    expect(errorOfResponse(subject, 502, "<html>canary</html>").message).toBe(
      "create pods shop/p: 502 InternalError: the answer carries no Kubernetes Status",
    );
  });

  test("Retry-After comes from the header or from the Status", () => {
    expect(errorOfResponse(subject, 429, "{}", "7").retryAfterSeconds).toBe(7);
    expect(answered(503, "ServiceUnavailable", "m", { retryAfterSeconds: 3 }).retryAfterSeconds).toBe(3);
    expect(errorOfResponse(subject, 429, "{}", "Wed, 21 Oct").retryAfterSeconds).toBeUndefined();
  });
});
