import { expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { childrenOf, database, identityOf } from "../testing/rendered.ts";
import { buildChildren } from "./children.ts";
import { childrenToYaml } from "./yaml.ts";

const spec = { stage: "steady", postgres: database, workers: [{ name: "orders", command: ["work"] }] };

test.each(["1.1", "1.2"] as const)("what is read by a reader of YAML %s is what was written", (version) => {
  const children = childrenOf(spec);
  const read = parseAllDocuments(childrenToYaml(children), { version }).map((document): unknown => document.toJS());
  expect(read).toEqual(children.map(({ object }) => object));
});

test.each(["0123456789", "1234567890", "12345e6789", "0x12345678", "1_000_0000"])("the revision %s stays text", (revision) => {
  const { app, context } = identityOf(spec, { revision });
  const children = buildChildren(app, { ...context, revision });
  for (const version of ["1.1", "1.2"] as const) {
    const read = parseAllDocuments(childrenToYaml(children), { version }).map((document): unknown => document.toJS());
    expect(read).toEqual(children.map(({ object }) => object));
  }
});

test("each child stands under a comment that says what it is", () => {
  const comments = childrenToYaml(childrenOf(spec))
    .split("\n")
    .filter((line) => line.startsWith("# "));
  expect(comments).toContain("# web/deployment, wave 2, replicas 4 to 20");
  expect(comments).toContain("# worker-orders/deployment, wave 2, replicas 1");
  expect(comments).toContain("# web/service, wave 0");
});
