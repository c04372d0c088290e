import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as resources from "../kube/resources.ts";
import {
  applyApp,
  auditEnd,
  becomesStable,
  condition,
  connect,
  exists,
  minimal,
  newNamespace,
  patience,
  people,
  requestsSince,
  secret,
  startOperator,
  writesSince,
  type Operator,
} from "../testing/live-operator.ts";

let operator: Operator;

beforeAll(async () => {
  connect();
  operator = await startOperator();
});

afterAll(async () => {
  await operator.stop();
  await people.close();
});

describe("what an app costs the API server", () => {
  test("create", async () => {
    const namespace = await newNamespace();
    await secret(namespace, "shop-db");
    await writesSince(await auditEnd());
    const mark = await auditEnd();
    await applyApp(namespace, minimal);
    await becomesStable(namespace);
    await writesSince(mark);
    console.log((await requestsSince(mark)).join("\n"));
    const mark2 = await auditEnd();
    await applyApp(namespace, { ...minimal, image: "ghcr.io/acme/shop:1.4.3" });
    await vi.waitFor(async () => expect(JSON.stringify(await people.get(resources.deployments, namespace, "shop-web"))).toContain("1.4.3"), patience);
    await writesSince(mark2);
    console.log((await requestsSince(mark2)).join("\n"));
  });
});
