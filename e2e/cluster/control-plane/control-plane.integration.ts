import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { run } from "../command.ts";
import { endOfAuditLog, readAuditLog } from "./audit.ts";
import { startControlPlane } from "./control-plane.ts";
import { claimFolder, isProcessOf, removeLeftovers } from "./leftovers.ts";

const namespace = "control-plane-test";

async function kubectl(...words: string[]): Promise<string> {
  return run(inject("kubectl"), words);
}

async function apply(object: object, kubeconfig = inject("kubeconfig")): Promise<string> {
  const words = [
    "--kubeconfig",
    kubeconfig,
    "apply",
    "--server-side",
    "--field-manager=test",
    "--show-managed-fields",
    "-o",
    "json",
    "-f",
    "-",
  ];
  return run(inject("kubectl"), words, { input: JSON.stringify(object) });
}

function deployment(name: string): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "app", image: "localhost/none:1" }] } },
    },
  };
}

beforeAll(async () => {
  await kubectl("create", "namespace", namespace);
});

afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false");
});

describe("the shared control plane", () => {
  test("is ready and of the version that the toolchain builds", async () => {
    expect(await kubectl("get", "--raw", "/readyz")).toBe("ok");
    expect(await kubectl("version", "-o", "json")).toContain('"gitVersion": "v1.36.3"');
  });

  test("applies a Deployment by server-side apply, and its controllers make ReplicaSet and pods of it", async () => {
    const applied: unknown = JSON.parse(await apply(deployment("web")));
    expect(applied).toMatchObject({ metadata: { managedFields: [{ manager: "test", operation: "Apply" }] } });
    await kubectl("-n", namespace, "wait", "deployment/web", "--for=jsonpath={.status.unavailableReplicas}=2", "--timeout=30s");
    // No node is there, so the scheduler says so: that it looks at the pods is what this proves.
    await kubectl("-n", namespace, "wait", "pod", "-l", "app=web", "--for=condition=PodScheduled=False", "--timeout=30s");
  });

  test("collects what an object that is gone owned", async () => {
    const owner: { metadata: { uid: string } } = JSON.parse(
      await apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owner", namespace } }),
    );
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid }];
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owned", namespace, ownerReferences } });
    await kubectl("-n", namespace, "delete", "configmap", "owner");
    await kubectl("-n", namespace, "wait", "configmap/owned", "--for=delete", "--timeout=60s");
    expect(await kubectl("-n", namespace, "get", "configmap", "-o", "name")).not.toContain("owned");
  });

  test("keeps behavior.scaleDown.tolerance of a HorizontalPodAutoscaler", async () => {
    const applied: unknown = JSON.parse(
      await apply({
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "web", namespace },
        spec: {
          minReplicas: 2,
          maxReplicas: 4,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
          behavior: { scaleDown: { tolerance: "0.571" } },
        },
      }),
    );
    expect(applied).toMatchObject({ spec: { behavior: { scaleDown: { tolerance: "571m" } } } });
  });

  test("lets a user do only what RBAC grants", async () => {
    await expect(apply(deployment("denied"), inject("operatorKubeconfig"))).rejects.toThrow(/User "operator" cannot patch resource/);
    await kubectl("-n", namespace, "create", "rolebinding", "viewer", "--clusterrole=view", "--user=viewer");
    expect(await kubectl("--kubeconfig", inject("viewerKubeconfig"), "-n", namespace, "get", "deploy", "-o", "name")).toContain(
      "deployment.apps/",
    );
  });

  test("logs who asked for what", async () => {
    const mark = await endOfAuditLog(inject("auditLog"));
    await kubectl("-n", namespace, "get", "configmap", "kube-root-ca.crt");
    const { events } = await readAuditLog(inject("auditLog"), mark);
    const mine = events.filter((event) => event.userAgent?.startsWith("kubectl/") === true && event.objectRef?.namespace === namespace);
    expect(
      mine.map((event) => [event.stage, event.verb, event.objectRef?.resource, event.responseStatus?.code, event.user.username]),
    ).toEqual([["ResponseComplete", "get", "configmaps", 200, "admin"]]);
  });
});

async function processesOf(folder: string): Promise<string[]> {
  return (await run("ps", ["-eo", "args", "-ww"])).split("\n").filter((line) => isProcessOf(line.split(" "), folder));
}

describe("a control plane of one's own", () => {
  test("runs beside the shared one, keeps its data over a crash of the API server, and leaves nothing", async () => {
    const own = await startControlPlane({ name: "own", auditLog: true, users: { "somebody@example.com": ["team"] } });
    try {
      const ask = (...words: string[]) => run(own.kubectl, ["--kubeconfig", own.kubeconfig, ...words]);
      await ask("create", "namespace", "kept");
      await own.stopApiServer("SIGKILL");
      await expect(ask("get", "namespace", "kept")).rejects.toThrow(/refused/);
      await own.startApiServer();
      expect(await ask("get", "namespace", "kept", "-o", "name")).toBe("namespace/kept\n");
      expect((await own.auditEvents()).some((event) => event.objectRef?.name === "kept" && event.verb === "get")).toBe(true);
      const whoami = await run(own.kubectl, ["--kubeconfig", await own.kubeconfigFor("somebody@example.com"), "auth", "whoami"]);
      expect(whoami).toMatch(/somebody@example\.com[\s\S]*team/);
      await expect(own.kubeconfigFor("nobody")).rejects.toThrow('no user nobody: name it in the option "users"');
    } finally {
      await own.stop();
    }
    expect(existsSync(own.folder)).toBe(false);
    expect(await processesOf(own.folder)).toEqual([]);
    await own.stop();
  });

  test("plays nodes and pods with kwok on request", async () => {
    const own = await startControlPlane({ name: "simulated", simulatedNodes: 4 });
    try {
      const ask = (...words: string[]) => run(own.kubectl, ["--kubeconfig", own.kubeconfig, ...words]);
      const zones = await ask("get", "nodes", "-o", "jsonpath={.items[*].metadata.labels.topology\\.kubernetes\\.io/zone}");
      expect(zones).toBe("zone-1 zone-2 zone-3 zone-1");
      await ask("create", "deployment", "web", "--image=localhost/none:1", "--replicas=5");
      await ask("create", "job", "once", "--image=localhost/none:1");
      await ask("rollout", "status", "deployment/web", "--timeout=60s");
      await ask("wait", "job/once", "--for=condition=Complete", "--timeout=60s");
    } finally {
      await own.stop();
    }
    expect(await processesOf(own.folder)).toEqual([]);
  });

  test("does not outlive a crash of the process that started it, and the next start removes its folder", async () => {
    const script = `import { startControlPlane } from "${import.meta.dirname}/control-plane.ts"; console.log((await startControlPlane({ name: "crash" })).folder);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [output] = await once(starter.stdout, "data");
    const folder = String(output).trim();
    expect(await processesOf(folder)).toHaveLength(4);
    starter.kill("SIGKILL");
    await once(starter, "exit");
    // Some other process's leftover in the same place is not ours to remove while that process lives.
    const kept = join(folder, "..", "kept-by-test");
    mkdirSync(kept, { recursive: true });
    await claimFolder(kept);
    expect(await removeLeftovers(join(folder, ".."))).toContain(folder);
    expect(await processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(kept)).toBe(true);
    await rm(kept, { recursive: true });
  });
});
