import { expect, test } from "vitest";
import { appOf, database } from "../../testing/rendered.ts";
import { describePoolerError, findPoolerError } from "./pooler-trouble.ts";

const replica = { urlFrom: { secretKeyRef: { name: "shop-replica", key: "uri" } } };
const { postgres } = appOf({ postgres: { ...database, pooler: { mode: "sidecar" }, replicas: [replica] } }).spec;
const stamp = "2026-11-27 07:59:00.123 UTC [1]";

test.each([
  [
    `${stamp} WARNING C-0x55f0: app/app@127.0.0.1:4321 pooler error: server login failed: FATAL password authentication failed for user "shop"`,
    'server login failed: FATAL password authentication failed for user "shop": correct the user and the password in key url of Secret shop-db (postgres.urlFrom)',
  ],
  [
    `${stamp} ERROR S-0x55f0: app/shop@10.0.0.9:5432 S: login failed: FATAL: database "shopp" does not exist`,
    'S: login failed: FATAL: database "shopp" does not exist: correct the database in key url of Secret shop-db (postgres.urlFrom), or create it',
  ],
  [
    `${stamp} LOG S-0x55f0: replica_0/shop@10.0.0.9:5432 closing because: server refused SSL (age=0s)`,
    "server refused SSL (age=0s): correct sslmode in key uri of Secret shop-replica (postgres.replicas[0].urlFrom), or postgres.tls.caSecretRef",
  ],
  [
    `${stamp} LOG S-0x55f0: app/shop@(bad-af):0 closing because: server DNS lookup failed (age=0s)`,
    "server DNS lookup failed (age=0s): correct the host in key url of Secret shop-db (postgres.urlFrom)",
  ],
  [
    `${stamp} LOG S-0x55f0: app/shop@10.0.0.9:5432 closing because: connect failed (age=0s)`,
    "connect failed (age=0s): check that the server runs, that the host and port in key url of Secret shop-db (postgres.urlFrom) are right, and that no NetworkPolicy keeps the pods from it",
  ],
  [
    `${stamp} ERROR S-0x55f0: app/shop@10.0.0.9:5432 FATAL: sorry, too many clients already`,
    "FATAL: sorry, too many clients already: lower postgres.pooler.poolSize, or raise the server's limit",
  ],
])("%s", (line, expected) => {
  expect(findPoolerError(`${stamp} LOG process up\n${line}\n${stamp} LOG stats: 0 xacts/s\n`)).toBe(line);
  expect(describePoolerError(line, postgres)).toBe(expected);
});

test("the last of several errors counts", () => {
  expect(findPoolerError(`${stamp} LOG closing because: connect failed\n${stamp} FATAL no such database: shop`)).toContain(
    "no such database",
  );
});

test("a pooler that is well says nothing", () => {
  expect(findPoolerError(`${stamp} LOG process up: PgBouncer 1.25.2\n${stamp} LOG new connection to server\n`)).toBeUndefined();
});

test("no password is shown, and no line without an end", () => {
  const line = `pooler cannot start: postgres://shop:geheim@db/shop password=geheim ${"x".repeat(5000)}`;
  const said = describePoolerError(findPoolerError(line) ?? "", postgres);
  expect(said).not.toContain("geheim");
  expect(said.length).toBeLessThan(500);
});
