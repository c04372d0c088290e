import { describe, expect, test } from "vitest";
import { appOf, database } from "../testing/rendered.ts";
import type { Tree } from "../base/tree.ts";

const host = { name: "DB_HOST", value: "$(DATABASE_HOST)" };

describe("a part of the database's URL may be named", () => {
  test.each<[string, Tree]>([
    ["with a pooler", { stage: "growth", postgres: database, env: [host] }],
    ["with the keys of a Secret", { postgres: { ...database, partsFrom: { secretName: "db" } }, env: [host] }],
    ["where it is the user's own variable", { postgres: database, env: [{ name: "DATABASE_HOST", value: "db" }, host] }],
    ["without a database of ours, as by a Secret of the user's", { env: [host], envFrom: [{ secretRef: { name: "db" } }] }],
    ["as a text", { postgres: database, env: [{ name: "HINT", value: "$$(DATABASE_HOST)" }] }],
  ])("%s", (_, spec) => {
    expect(() => appOf(spec)).not.toThrow();
  });

  test.each<[string, Tree]>([
    ["spec.env[0].value", { env: [host] }],
    ["spec.web.env[0].value", { web: { env: [host] } }],
    ["spec.workers[0].command[1]", { workers: [{ name: "a", command: ["run", "$(DATABASE_PORT)"] }] }],
    ["spec.schedules[0].env[0].value", { schedules: [{ name: "a", cron: "0 3 * * *", command: ["a"], env: [host] }] }],
    ["spec.migration.env[0].value", { migration: { command: ["a"], env: [host] } }],
    ["spec.sidecars[0].args[0]", { sidecars: [{ name: "a", image: "a", args: ["$(DATABASE_USER)"] }] }],
  ])("and not at %s, where only the Secret knows it", (path, spec) => {
    expect(() => appOf({ postgres: database, ...spec })).toThrow(`${path} $(DATABASE_`);
  });
});
