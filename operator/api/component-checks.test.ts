import { expect, test } from "vitest";
import { appOf } from "../testing/rendered.ts";
import type { Tree } from "../base/tree.ts";

const claim = (name: string, components?: readonly string[]) => ({
  name,
  claimName: name,
  path: "/data",
  ...(components && { components }),
});
const rest = {
  workers: [
    { name: "mail", command: ["work"] },
    { name: "pdf", command: ["work"] },
  ],
  schedules: [{ name: "report", cron: "0 3 * * *", command: ["report"] }],
};

test.each<[string, readonly Tree[]]>([
  ["of different workers", [claim("a", ["worker-mail"]), claim("b", ["worker-pdf"])]],
  ["of different groups", [claim("a", ["workers"]), claim("b", ["schedules", "web"])]],
])("two volumes may have one path in the pods %s", (_, volumes) => {
  expect(appOf({ ...rest, volumes }).spec.volumes).toHaveLength(2);
});

test.each<[string, readonly Tree[]]>([
  ["a group and its member", [claim("a", ["workers"]), claim("b", ["worker-pdf"])]],
  ["a member and its group", [claim("a", ["schedule-report"]), claim("b")]],
  ["the migration and its second half", [claim("a", ["migration"]), claim("b", ["contract"])]],
])("and not in those of %s", (_, volumes) => {
  expect(() => appOf({ ...rest, volumes })).toThrow("spec.volumes[1].path");
});
