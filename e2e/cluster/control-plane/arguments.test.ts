import { describe, expect, test } from "vitest";
import { apiServerArguments, controllerManagerArguments, etcdArguments, schedulerArguments, serverUrl } from "./arguments.ts";
import type { Layout } from "./arguments.ts";

const layout: Layout = { folder: "/state/one", ports: { etcdClient: 11_001, etcdPeer: 11_002, apiServer: 11_003 } };

describe("arguments", () => {
  test("of etcd listen on the loopback address only and do not wait for the disk", () => {
    const given = etcdArguments(layout);
    expect(given).toContain("--listen-client-urls=http://127.0.0.1:11001");
    expect(given).toContain("--listen-peer-urls=http://127.0.0.1:11002");
    expect(given).toContain("--unsafe-no-fsync=true");
  });

  test("of the API server point at its own etcd and address", () => {
    const given = apiServerArguments(layout, false);
    expect(given).toContain("--etcd-servers=http://127.0.0.1:11001");
    expect(given).toContain("--bind-address=127.0.0.1");
    expect(given).toContain("--secure-port=11003");
    expect(given).toContain("--authorization-mode=Node,RBAC");
    expect(serverUrl(layout)).toBe("https://127.0.0.1:11003");
  });

  test("of the API server keep an audit log only when asked", () => {
    expect(apiServerArguments(layout, false).join(" ")).not.toContain("audit");
    expect(apiServerArguments(layout, true)).toContain("--audit-log-path=/state/one/audit.log");
  });

  test("of the API server let extra flags win, each flag once", () => {
    const given = apiServerArguments(layout, true, { "max-requests-inflight": "5", "min-request-timeout": "10" });
    expect(given.filter((flag) => flag.startsWith("--max-requests-inflight"))).toEqual(["--max-requests-inflight=5"]);
    expect(given).toContain("--min-request-timeout=10");
  });

  test("all name the folder, which is how leftovers are found", () => {
    const kubeconfig = "/state/one/somebody.kubeconfig";
    const every = [
      etcdArguments(layout),
      apiServerArguments(layout, false),
      controllerManagerArguments(layout, kubeconfig),
      schedulerArguments(kubeconfig),
    ];
    for (const given of every) expect(given.some((flag) => flag.includes("=/state/one/"))).toBe(true);
  });
});
