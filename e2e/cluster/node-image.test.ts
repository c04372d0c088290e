import { describe, expect, test } from "vitest";
import { componentDockerfile } from "./node-components.ts";
import { containerdConfig, containerdUnit } from "./node-image.ts";

describe("kind's files, made fit for a machine with few capabilities", () => {
  test("containerd's unit loses what needs CAP_SYS_RESOURCE and keeps the rest", () => {
    const unit = "[Service]\nLimitNPROC=infinity\nLimitCORE=infinity\nLimitNOFILE=infinity\nOOMScoreAdjust=-999\n";
    expect(containerdUnit(unit)).toBe("[Service]\nLimitNOFILE=infinity\n");
  });

  test("containerd's configuration names our pause image and no spec file of kind's image", () => {
    const config =
      'sandbox_image = "old"\n  base_runtime_spec = "a"\nrestrict_oom_score_adj = false\n  base_runtime_spec = "b"\nruntime_type = "x"\n';
    expect(containerdConfig(config, "registry.k8s.io/pause:9")).toBe(
      'sandbox_image = "registry.k8s.io/pause:9"\nrestrict_oom_score_adj = true\nruntime_type = "x"\n',
    );
  });

  test("a kind whose files changed is reported, not silently built wrong", () => {
    expect(() => containerdUnit("[Service]\n")).toThrow(/adapt node-image.ts/);
  });
});

test("the image of one static program starts from nothing", () => {
  expect(componentDockerfile({ path: "/coredns", entrypoint: true })).toMatch(
    /^FROM scratch\nCOPY program \/coredns\n.*\nENTRYPOINT \["\/coredns"\]\n$/,
  );
});
