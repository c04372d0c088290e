import { describe, expect, test } from "vitest";
import { appOf, childrenOf, database } from "../testing/rendered.ts";
import type { Child } from "./children.ts";
import { trackedReferences } from "./references.ts";
import { carriedSecrets, carriedVersions, secretsOfTemplate, withSecretVersions } from "./secret-versions.ts";
import { read } from "../base/read.ts";

const spec = {
  envFrom: [{ secretRef: { name: "s-from" } }],
  env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s-env", key: "a" } } }],
  files: [{ path: "/s", secretRef: { name: "s-file" } }],
  imagePullSecrets: [{ name: "registry" }],
  initContainers: [{ name: "wait", image: "i:1", envFrom: [{ secretRef: { name: "s-init" } }] }],
  sidecars: [{ name: "agent", image: "i:1", envFrom: [{ secretRef: { name: "s-side" } }] }],
  postgres: { ...database, tls: { caSecretRef: { name: "db-ca", key: "ca.crt" } } },
  redis: { queue: { urlFrom: { secretKeyRef: { name: "redis", key: "queue" } } } },
  workers: [{ name: "orders", command: ["node", "worker.js"] }],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "report.js"] }],
  migration: { command: ["migrate"], contract: { command: ["contract"] } },
};

const child = (role: string): Child => {
  const found = childrenOf(spec).find((each) => each.role === role);
  if (!found) throw new Error(`no ${role}`);
  return found;
};

test("web pods read every Secret that the app refers to, but those that open a registry", () => {
  const template = read(child("web/deployment").object, "spec", "template");
  expect(secretsOfTemplate(template)).toEqual(trackedReferences(appOf(spec)).secrets.map(({ name }) => name));
});

test("what has no pods reads none", () => {
  expect(secretsOfTemplate(undefined)).toEqual([]);
  expect(secretsOfTemplate({ spec: { containers: "none" } })).toEqual([]);
});

describe("pods carry the versions of the Secrets that they read", () => {
  const versions = { "s-env": "v1", "s-side": "v2", unrelated: "v3" };

  test("in alphabetical order, and only those", () => {
    expect(carriedSecrets(withSecretVersions(child("web/deployment"), versions).object)).toBe("s-env=v1,s-side=v2");
  });

  test("a Secret that they do not read restarts nothing", () => {
    const worker = child("worker-orders/deployment");
    expect(withSecretVersions(worker, { unrelated: "v3" })).toBe(worker);
  });

  test("all else of the Deployment is as it was, annotations of the user too", () => {
    const web = childrenOf({ ...spec, scratch: [], podMetadata: { annotations: { team: "a" } } }).find(
      ({ role }) => role === "web/deployment",
    );
    const stamped = withSecretVersions(web!, versions);
    expect(read(stamped.object, "spec", "template", "metadata", "annotations")).toEqual({
      team: "a",
      "scalableapp.dev/secrets": "s-env=v1,s-side=v2",
    });
    expect(read(stamped.object, "spec", "template", "spec")).toEqual(read(web!.object, "spec", "template", "spec"));
  });

  test.each(["migration/job", "migration/contract-job", "schedule-report/cron-job", "web/service"])("%s carries none", (role) => {
    const before = child(role);
    expect(withSecretVersions(before, versions)).toBe(before);
  });

  test("they can be read back", () => {
    expect(carriedVersions(withSecretVersions(child("web/deployment"), versions).object)).toEqual({ "s-env": "v1", "s-side": "v2" });
    expect(carriedVersions(child("web/deployment").object)).toEqual({});
    expect(carriedVersions(undefined)).toEqual({});
  });
});
