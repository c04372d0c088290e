// make bench-scale: what an app costs. A control plane of its own with simulated nodes, an operator in a memory-limited group, APPS apps.
// Requests are counted in the audit log; throughput is measured beside a bare writer of the same children; figures of Go are ratios.
import { join } from "node:path";
import { note, startControlPlane, type ControlPlane } from "../e2e/cluster/index.ts";
import { createKubeClient } from "../operator/kube/client.ts";
import { childrenOf, deadlineSeconds } from "./scale/apps.ts";
import { measureBareWriter } from "./scale/bare-writer.ts";
import { scalableApp, type Contender } from "./scale/contenders.ts";
import { goOperator } from "./scale/go-contender.ts";
import { measure } from "./scale/measure.ts";
import { report } from "./scale/report.ts";

const apps = Number(process.env["APPS"] ?? 1000);
const limitMiB = Number(process.env["BENCH_LIMIT_MIB"] ?? 512);
const contenders = (process.env["BENCH_CONTENDERS"] ?? "scalable-app,go").split(",");

/** Each contender has a control plane of its own: what one leaves behind would slow the next. */
async function inControlPlane<T>(work: (plane: ControlPlane) => Promise<T>): Promise<T> {
  const plane = await startControlPlane({
    name: "scale",
    auditLog: true,
    crds: [join(import.meta.dirname, "../crds")],
    simulatedNodes: Math.max(3, Math.ceil(apps / 40)),
    // Three Services an app, more than the tests' range has addresses for.
    apiServerFlags: { "service-cluster-ip-range": "198.18.0.0/15" },
  });
  try {
    return await work(plane);
  } finally {
    await plane.stop();
  }
}

async function measureOne(contender: Contender) {
  return inControlPlane(async (plane) => {
    const client = createKubeClient({ kubeConfig: plane.kubeconfig, userAgent: "bench" });
    try {
      const bare = await measureBareWriter(client, Math.min(200, apps));
      note(`bare writer: ${bare.childrenPerSecond.toFixed(0)} children/s`);
      return { bare, ...(await measure(contender, { plane, client, apps, limitMiB })) };
    } finally {
      await client.close();
    }
  });
}

async function main(): Promise<void> {
  note(`${apps} apps of ${childrenOf("app", "default").length} children and a stored release; deadline of a release ${deadlineSeconds} s`);
  const results = [];
  for (const name of contenders) {
    const contender = await (name === "go" ? goOperator(limitMiB) : scalableApp());
    results.push({ name: contender.name, ...(await measureOne(contender)) });
    console.log(report(results));
  }
}

await main();
