import fc from "fast-check";
import { expect, test } from "vitest";
import type { KubeObject } from "../base/object.ts";
import { createPacker } from "./packer.ts";

function deployment(name: string, env: Readonly<Record<string, string>>): KubeObject {
  const container = { name: "web", image: "ghcr.io/acme/shop:1", env: Object.entries(env).map(([key, value]) => ({ name: key, value })) };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: { template: { containers: [container] } },
  };
}

test("whatever is packed comes back as it was", () => {
  const trees = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(trees, { maxLength: 8 }), (specs) => {
      const packer = createPacker();
      // As they came from the API server: JSON knows no -0.
      const objects = specs.map((spec): KubeObject => JSON.parse(JSON.stringify({ ...deployment("a", {}), spec })));
      const packed = objects.map((object) => packer.pack(object));
      expect(packed.map((each) => packer.unpack(each))).toEqual(objects);
    }),
    { numRuns: 300 },
  );
});

test("an object like those before it takes a tenth of its text", () => {
  const packer = createPacker();
  const env = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`SETTING_${index}`, `value ${index * 7919}`]));
  packer.pack(deployment("first", env));
  const second = deployment("second", { ...env, GREETING: "hello" });
  expect(packer.pack(second).length).toBeLessThan(JSON.stringify(second).length / 10);
});

test("objects that are unlike each other come back too, when the dictionary takes no more", () => {
  const packer = createPacker();
  const unlike = Array.from({ length: 300 }, (_, n) =>
    deployment(
      `app-${n}`,
      Object.fromEntries(Array.from({ length: 30 }, (__, i) => [`K${(n * 31 + i) ** 3}`, `${(n * 17 + i) ** 4}`.repeat(n % 9)])),
    ),
  );
  const packed = unlike.map((object) => packer.pack(object));
  expect(packed.map((each) => packer.unpack(each))).toEqual(unlike);
});

test("text beyond Latin-1 and runs of more than 255 new characters come back", () => {
  const packer = createPacker();
  packer.pack(deployment("first", { A: "x".repeat(70_000) }));
  const odd = deployment("zweite", {
    GRUSS: "Grüße, 你好 👋",
    LONG: Array.from({ length: 700 }, (_, n) => (n * 7919).toString(36)).join("-"),
  });
  expect(packer.unpack(packer.pack(odd))).toEqual(odd);
});
