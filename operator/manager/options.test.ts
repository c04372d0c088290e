import { describe, expect, test } from "vitest";

import { defaultImages } from "../resources/images.ts";
import { flagOf, OptionsError, parseOptions, variableOf } from "./options.ts";

const inPod = { POD_NAMESPACE: "operators" };

function refusal(args: readonly string[], environment: Record<string, string> = inPod): OptionsError {
  try {
    parseOptions(args, environment);
  } catch (error) {
    if (error instanceof OptionsError) return error;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("options", () => {
  test("have defaults that fit a pod", () => {
    expect(parseOptions([], inPod)).toEqual({
      watchNamespaces: [],
      leaderElect: true,
      leaderElectionNamespace: "operators",
      leaderElectionId: "scalable-app-operator",
      metricsPort: 8080,
      healthPort: 8081,
      workers: 4,
      secretAccess: "get",
      pgbouncerImage: defaultImages.pgbouncer,
      redisImage: defaultImages.redis,
      postgresImage: defaultImages.postgres,
      logLevel: "info",
      logFormat: "json",
      resyncSeconds: 600,
    });
  });

  test.each([
    [["--kubeconfig", "/etc/kubeconfig"], { SCALABLE_APP_KUBECONFIG: "/etc/kubeconfig" }, { kubeconfig: "/etc/kubeconfig" }],
    [["--watch-namespaces=b, a,,b"], { SCALABLE_APP_WATCH_NAMESPACES: "b,a" }, { watchNamespaces: ["a", "b"] }],
    [["--no-leader-elect"], { SCALABLE_APP_LEADER_ELECT: "false" }, { leaderElect: false }],
    [["--leader-election-namespace=x"], { SCALABLE_APP_LEADER_ELECTION_NAMESPACE: "x" }, { leaderElectionNamespace: "x" }],
    [["--leader-election-id=mine"], { SCALABLE_APP_LEADER_ELECTION_ID: "mine" }, { leaderElectionId: "mine" }],
    [["--metrics-port=0"], { SCALABLE_APP_METRICS_PORT: "0" }, { metricsPort: 0 }],
    [["--health-port", "9"], { SCALABLE_APP_HEALTH_PORT: "9" }, { healthPort: 9 }],
    [["--workers", "16"], { SCALABLE_APP_WORKERS: "16" }, { workers: 16 }],
    [["--secret-access", "none"], { SCALABLE_APP_SECRET_ACCESS: "none" }, { secretAccess: "none" }],
    [["--pgbouncer-image", "a/b:1"], { SCALABLE_APP_PGBOUNCER_IMAGE: "a/b:1" }, { pgbouncerImage: "a/b:1" }],
    [["--postgres-image", "a/p:17"], { SCALABLE_APP_POSTGRES_IMAGE: "a/p:17" }, { postgresImage: "a/p:17" }],
    [["--redis-image", "a/r@sha256:00"], { SCALABLE_APP_REDIS_IMAGE: "a/r@sha256:00" }, { redisImage: "a/r@sha256:00" }],
    [["--log-level", "debug"], { SCALABLE_APP_LOG_LEVEL: "debug" }, { logLevel: "debug" }],
    [["--log-format", "pretty"], { SCALABLE_APP_LOG_FORMAT: "pretty" }, { logFormat: "pretty" }],
    [["--resync-seconds", "60"], { SCALABLE_APP_RESYNC_SECONDS: "60" }, { resyncSeconds: 60 }],
  ])("%j says the same as %j", (args, environment, expected) => {
    expect(parseOptions(args, inPod)).toMatchObject(expected);
    expect(parseOptions([], { ...inPod, ...environment })).toMatchObject(expected);
  });

  test("take a flag over its variable, and ignore an empty variable", () => {
    expect(parseOptions(["--workers=2"], { ...inPod, SCALABLE_APP_WORKERS: "9" }).workers).toBe(2);
    expect(parseOptions(["--leader-elect"], { ...inPod, SCALABLE_APP_LEADER_ELECT: "false" }).leaderElect).toBe(true);
    expect(parseOptions([], { ...inPod, SCALABLE_APP_WORKERS: "" }).workers).toBe(4);
  });

  test.each([
    ["workers", "0", "1 to 64"],
    ["workers", "many", "1 to 64"],
    ["workers", "1.5", "1 to 64"],
    ["metricsPort", "65536", "0 to 65535"],
    ["healthPort", "-1", "0 to 65535"],
    ["resyncSeconds", "9", "10 to 86400"],
    ["secretAccess", "list", "get, watch, none"],
    ["logLevel", "loud", "trace, debug, info"],
    ["logFormat", "xml", "json, pretty"],
    ["leaderElect", "maybe", "true or false"],
    ["watchNamespaces", "UPPER", "namespace names"],
    ["watchNamespaces", "a/../b", "namespace names"],
    ["leaderElectionId", "-x", "lower-case"],
    ["pgbouncerImage", "a b", "image reference"],
    ["redisImage", "a\nb", "image reference"],
  ])("refuse %s=%j and say what to write", (name, value, remedy) => {
    const error = refusal([], { ...inPod, [variableOf(name)]: value });
    expect(error.exitCode).toBe(2);
    expect(error.message).toContain(flagOf(name));
    expect(error.message).toContain(variableOf(name));
    expect(error.message).toContain(remedy);
  });

  test("name every wrong value at once", () => {
    const { message } = refusal(["--workers=0", "--log-format=xml"]);
    expect(message).toContain("--workers");
    expect(message).toContain("--log-format");
  });

  test("refuse an unknown flag and point at --help", () => {
    expect(refusal(["--wokers=3"]).message).toMatch(/--wokers.*--help/s);
  });

  test("need a namespace for the Lease only where there is one", () => {
    expect(refusal([], {}).message).toMatch(/--leader-election-namespace.*POD_NAMESPACE.*--no-leader-elect/);
    expect(parseOptions(["--no-leader-elect"], {}).leaderElectionNamespace).toBeUndefined();
  });
});
