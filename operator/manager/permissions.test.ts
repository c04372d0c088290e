import { describe, expect, test } from "vitest";

import { permissions, permissionsFor } from "./permissions.ts";
import type { SecretAccess } from "./options.ts";

const children = [
  "deployments",
  "statefulsets",
  "services",
  "serviceaccounts",
  "configmaps",
  "horizontalpodautoscalers",
  "poddisruptionbudgets",
  "cronjobs",
  "jobs",
  "httproutes",
];

function secretVerbs(access: SecretAccess): readonly string[] {
  return permissionsFor(access).flatMap(({ resource, verbs }) => (resource === "secrets" ? verbs : []));
}

describe("the operator's rights", () => {
  test("hold no wildcard", () => {
    expect(JSON.stringify(permissions)).not.toContain("*");
  });

  test("hold no way to more rights, into pods or onto nodes", () => {
    const resources = permissions.map(({ resource }) => resource);
    for (const forbidden of [
      "pods/exec",
      "pods/attach",
      "pods/portforward",
      "serviceaccounts/token",
      "nodes",
      "roles",
      "rolebindings",
      "clusterroles",
    ]) {
      expect(resources).not.toContain(forbidden);
    }
    const verbs = new Set(permissions.flatMap((permission) => permission.verbs as readonly string[]));
    expect([...verbs].toSorted()).toEqual(["create", "delete", "get", "list", "patch", "update", "watch"]);
  });

  test("let children be applied and deleted, never replaced or deleted as a collection", () => {
    for (const resource of children) {
      const verbs = permissions.filter((permission) => permission.resource === resource).flatMap((permission) => permission.verbs);
      expect([resource, verbs.toSorted()]).toEqual([resource, ["create", "delete", "get", "list", "patch", "watch"]]);
    }
  });

  test("give to Secrets what secretAccess says", () => {
    expect(secretVerbs("none")).toEqual([]);
    expect(secretVerbs("get")).toEqual(["get"]);
    expect(secretVerbs("watch")).toEqual(["get", "list", "watch"]);
  });

  test("allow update only for the Lease, by name, and for an admission check", () => {
    const updates = permissions.filter(({ verbs }) => verbs.includes("update"));
    expect(updates.map(({ resource, where, only, byAdmission }) => ({ resource, where, only, byAdmission }))).toEqual([
      { resource: "scalableapps/finalizers", where: "watched", only: undefined, byAdmission: true },
      { resource: "leases", where: "own", only: "lease", byAdmission: undefined },
    ]);
  });

  test("each have a reason", () => {
    for (const { why, resource } of permissions) expect([resource, why.length > 10]).toEqual([resource, true]);
  });
});
