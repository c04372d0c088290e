import { expect, test } from "vitest";
import { childOf, childrenOf, podSpecOf } from "../testing/rendered.ts";

test("the pods get an identity of their own, without a token", () => {
  const { object } = childOf({ serviceAccount: { annotations: { "iam.example.com/role": "shop" } } }, "service-account");
  expect(object).toMatchObject({
    kind: "ServiceAccount",
    metadata: { name: "shop", annotations: { "iam.example.com/role": "shop" } },
    automountServiceAccountToken: false,
  });
});

test("an identity that exists already is used and not made", () => {
  const spec = { serviceAccount: { name: "existing" } };
  expect(childrenOf(spec).map(({ role }) => role)).not.toContain("service-account");
  const pod = podSpecOf(childOf(spec, "web/deployment").object);
  expect(pod).toMatchObject({ serviceAccountName: "existing", automountServiceAccountToken: false });
});
