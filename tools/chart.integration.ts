import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { z } from "zod";

import { type ControlPlane, ensureTools, kubernetesVersion, startControlPlane } from "../e2e/cluster/index.ts";
import { parseOptions } from "../operator/manager/options.ts";

const chart = join(import.meta.dirname, "../charts/scalable-app");
const installations = ["default", "minimal", "namespaced", "everything"] as const;
const system = "scalable-app-system";
const crd = "customresourcedefinition/scalableapps.scalableapp.dev";
const account = `system:serviceaccount:${system}:scalable-app`;

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  spec: z.looseObject({ template: z.looseObject({ metadata: z.looseObject({}), spec: z.looseObject({}) }).optional() }).optional(),
});

type Manifest = z.infer<typeof manifest>;

let helmProgram = "helm";
let scratch = "";
let plane: ControlPlane;

beforeAll(async () => {
  ({ helm: helmProgram } = await ensureTools(["helm"]));
  scratch = await mkdtemp(join(tmpdir(), "chart-"));
  // A control plane of its own: these tests upgrade and remove the definition that all others share.
  plane = await startControlPlane({ name: "chart" });
  for (const name of [system, "shop", "shop-staging", "restricted"]) await kubectl("create", "namespace", name);
  await kubectl("label", "namespace", "restricted", "pod-security.kubernetes.io/enforce=restricted");
}, 600_000);

afterAll(async () => {
  await plane.stop();
  await rm(scratch, { recursive: true, force: true });
});

async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const env = { PATH: process.env["PATH"], KUBECONFIG: plane.kubeconfig, HOME: scratch, HELM_CACHE_HOME: scratch };
  return (await execa(program, args, { env, extendEnv: false, input, stripFinalNewline: false })).stdout;
}

async function helm(...args: readonly string[]): Promise<string> {
  return run(helmProgram, args);
}

async function kubectl(...args: readonly string[]): Promise<string> {
  return run(plane.kubectl, args);
}

function valuesOf(installation: string): readonly string[] {
  return ["--values", join(chart, "ci", `${installation}-values.yaml`)];
}

async function template(...args: readonly string[]): Promise<string> {
  const version = ["--kube-version", kubernetesVersion];
  return helm("template", "scalable-app", chart, "--namespace", system, ...version, ...args);
}

function objectsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [manifest.parse(value)];
  });
}

/** The golden files say how the definition is wrapped; its content has a file of its own. */
function withoutDefinition(text: string): string {
  return text.replaceAll(
    /^(# Source: \S*crds\/scalableapps\.yaml\n[\s\S]*?\nspec:\n)[\s\S]*?(?=^---$|(?![\s\S]))/gm,
    "$1  # see crds/scalableapps.yaml\n",
  );
}

const ruleList = z.array(z.looseObject({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }));

function rulesOf(text: string): z.infer<typeof ruleList> {
  return objectsOf(text).flatMap((object) => (object.kind.endsWith("Role") ? ruleList.parse(object["rules"]) : []));
}

/** Whether RBAC lets somebody do something: `can("alice", "get", "scalableapps", "-n", "shop")`. */
async function can(who: string, ...what: readonly string[]): Promise<boolean> {
  const answer = await run(plane.kubectl, ["auth", "can-i", `--as=${who}`, ...what]).catch((error: unknown) => String(error));
  return answer.trim() === "yes";
}

describe("the chart, rendered", () => {
  test.each(installations)("passes helm lint --strict (%s)", async (installation) => {
    const report = await helm("lint", "--strict", chart, ...valuesOf(installation));
    expect(report).toContain("0 chart(s) failed");
  });

  test.each(installations)("is what it was (%s)", async (installation) => {
    const text = withoutDefinition(await template(...valuesOf(installation)));
    await expect(text).toMatchFileSnapshot(`testdata/chart/${installation}.yaml`);
  });

  test.each(installations)("is accepted by the API server, field by field (%s)", async (installation) => {
    // No definition of ServiceMonitor is here.
    const objects = objectsOf(await template(...valuesOf(installation))).filter(({ kind }) => kind !== "ServiceMonitor");
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const answer = await run(plane.kubectl, ["create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"], list);
    expect(answer.trim().split("\n")).toHaveLength(objects.length);
  });

  test.each(installations)("makes pods that the restricted level admits (%s)", async (installation) => {
    const deployment = objectsOf(await template(...valuesOf(installation))).find(({ kind }) => kind === "Deployment");
    const pod = { ...deployment?.spec?.template?.spec, serviceAccountName: "default", priorityClassName: undefined };
    const object = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "operator", namespace: "restricted" }, spec: pod });
    const answer = await run(plane.kubectl, ["create", "--dry-run=server", "-o", "name", "-f", "-"], object);
    expect(answer).toContain("pod/operator");
  });

  test.each(installations)("passes flags that the operator knows (%s)", async (installation) => {
    const deployment = objectsOf(await template(...valuesOf(installation))).find(({ kind }) => kind === "Deployment");
    const { containers } = z
      .looseObject({ containers: z.tuple([z.looseObject({ args: z.array(z.string()) })]) })
      .parse(deployment?.spec?.template?.spec);
    const options = parseOptions(containers[0].args, {});
    expect(options.leaderElect).toBe(installation !== "minimal");
    expect(options.watchNamespaces).toEqual(installation === "namespaced" ? ["shop", "shop-staging"] : []);
  });

  test.each([
    ["none", []],
    ["get", ["get"]],
    ["watch", ["get", "list", "watch"]],
  ])("gives the operator as much of Secrets as secretAccess=%s says", async (access, verbs) => {
    const rules = rulesOf(await template("--set", `secretAccess=${access}`));
    expect(rules.flatMap((rule) => (rule.resources.includes("secrets") ? rule.verbs : []))).toEqual(verbs);
  });

  test.each(installations)("grants no wildcard (%s)", async (installation) => {
    const rules = rulesOf(await template(...valuesOf(installation)));
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => [...rule.apiGroups, ...rule.resources, ...rule.verbs].includes("*"))).toEqual([]);
  });

  test("keeps the labels that selectors stand on, whatever podLabels says", async () => {
    const text = await template("--set-string", "podLabels.app\\.kubernetes\\.io/name=other,podLabels.team=platform");
    const labels = objectsOf(text).find(({ kind }) => kind === "Deployment")?.spec?.template?.metadata["labels"];
    expect(labels).toMatchObject({ "app.kubernetes.io/name": "scalable-app", team: "platform" });
  });

  test.each([
    [["--set", "replica=3"], "replica"],
    [["--set", "replicas=0"], "replicas"],
    [["--set", "secretAccess=list"], "secretAccess"],
    [["--set", "leaderElection.enabled=false"], "replicas must be 1"],
    [["--set", "metrics.service.enabled=false,metrics.serviceMonitor.enabled=true"], "metrics.service.enabled"],
  ])("is refused with %j, and says why", async (args, message) => {
    await expect(template(...args)).rejects.toThrow(message);
  });
});

describe("the chart, installed", () => {
  beforeAll(async () => {
    await helm("install", "scalable-app", chart, "--namespace", system);
    await kubectl("wait", "--for=condition=Established", "--timeout=60s", crd);
  }, 120_000);

  afterAll(async () => {
    await helm("uninstall", "scalable-app", "--namespace", system, "--ignore-not-found");
    await kubectl("delete", crd, "--ignore-not-found");
  }, 120_000);

  test("reports a next step that works", async () => {
    const notes = await helm("get", "notes", "scalable-app", "--namespace", system);
    const example = /<<END\n([\s\S]*?)\n\s*END/.exec(notes)?.[1]?.replaceAll(/^ {5}/gm, "");
    expect(example).toContain("kind: ScalableApp");
    expect(await run(plane.kubectl, ["--namespace", "default", "create", "-f", "-"], example)).toContain(
      "scalableapp.scalableapp.dev/shop created",
    );
    expect(await kubectl("--namespace", "default", "get", "sapp")).toContain("shop");
  });

  test("lets the operator do what it must and nothing near it", async () => {
    expect(await can(account, "patch", "deployments.apps", "-n", "shop")).toBe(true);
    expect(await can(account, "patch", "scalableapps.scalableapp.dev", "--subresource=status", "-n", "shop")).toBe(true);
    expect(await can(account, "get", "secrets", "-n", "shop")).toBe(true);
    expect(await can(account, "update", `leases.coordination.k8s.io/scalable-app`, "-n", system)).toBe(true);
    expect(await can(account, "list", "secrets", "-n", "shop")).toBe(false);
    expect(await can(account, "update", `leases.coordination.k8s.io/other`, "-n", system)).toBe(false);
    expect(await can(account, "update", `leases.coordination.k8s.io/scalable-app`, "-n", "shop")).toBe(false);
    expect(await can(account, "create", "pods", "--subresource=exec", "-n", "shop")).toBe(false);
    expect(await can(account, "patch", "scalableapps.scalableapp.dev", "-n", "shop")).toBe(false);
    expect(await can(account, "create", "rolebindings.rbac.authorization.k8s.io", "-n", "shop")).toBe(false);
  });

  test("lets viewers see and editors write ScalableApps, and neither write the status", async () => {
    await kubectl("--namespace", "shop", "create", "rolebinding", "viewers", "--clusterrole=view", "--user=alice");
    await kubectl("--namespace", "shop", "create", "rolebinding", "editors", "--clusterrole=edit", "--user=bob");
    await expect.poll(() => can("alice", "get", "scalableapps.scalableapp.dev", "-n", "shop"), { timeout: 20_000 }).toBe(true);
    await expect.poll(() => can("bob", "create", "scalableapps.scalableapp.dev", "-n", "shop"), { timeout: 20_000 }).toBe(true);
    expect(await can("alice", "create", "scalableapps.scalableapp.dev", "-n", "shop")).toBe(false);
    expect(await can("alice", "list", "controllerrevisions.apps", "-n", "shop")).toBe(true);
    expect(await can("bob", "patch", "scalableapps.scalableapp.dev", "-n", "shop")).toBe(true);
    expect(await can("bob", "patch", "scalableapps.scalableapp.dev", "--subresource=status", "-n", "shop")).toBe(false);
    expect(await can("bob", "get", "scalableapps.scalableapp.dev", "-n", "default")).toBe(false);
  });

  test("upgrades the definition, rolls it back, and keeps it and the apps when uninstalled", async () => {
    const before = await kubectl("--namespace", "default", "get", "sapp", "shop", "-o", "jsonpath={.metadata.uid} {.spec}");
    const next = await withColumn("Next");
    await helm("upgrade", "scalable-app", next, "--namespace", system);
    expect(await columns()).toContain("Next");
    await helm("rollback", "scalable-app", "1", "--namespace", system);
    expect(await columns()).not.toContain("Next");

    await helm("uninstall", "scalable-app", "--namespace", system);
    expect(await kubectl("--namespace", system, "get", "deployments", "-o", "name")).toBe("");
    expect(await kubectl("--namespace", "default", "get", "sapp", "shop", "-o", "jsonpath={.metadata.uid} {.spec}")).toBe(before);

    await helm("install", "scalable-app", chart, "--namespace", system);
    expect(await kubectl("--namespace", "default", "get", "sapp", "shop", "-o", "jsonpath={.metadata.uid} {.spec}")).toBe(before);
  });

  test("takes the definition away when reported not to keep it", async () => {
    await helm("upgrade", "scalable-app", chart, "--namespace", system, "--set", "crds.keep=false");
    await helm("uninstall", "scalable-app", "--namespace", system);
    await kubectl("wait", "--for=delete", "--timeout=60s", crd);
    expect(await kubectl("get", "crd", "-o", "name")).not.toContain("scalableapps");
  });
});

describe("the chart, installed for two namespaces", () => {
  beforeAll(async () => {
    await kubectl("apply", "--server-side", "-f", join(import.meta.dirname, "../crds/scalableapps.yaml"));
    await helm("install", "scalable-app", chart, "--namespace", system, ...valuesOf("namespaced"));
  }, 120_000);

  afterAll(async () => {
    await helm("uninstall", "scalable-app", "--namespace", system, "--ignore-not-found");
  }, 120_000);

  test("gives rights in those and nowhere else", async () => {
    for (const namespace of ["shop", "shop-staging"]) {
      expect(await can(account, "patch", "deployments.apps", "-n", namespace)).toBe(true);
      expect(await can(account, "list", "scalableapps.scalableapp.dev", "-n", namespace)).toBe(true);
    }
    expect(await can(account, "list", "scalableapps.scalableapp.dev", "-n", "default")).toBe(false);
    expect(await can(account, "list", "scalableapps.scalableapp.dev", "--all-namespaces")).toBe(false);
    expect(await kubectl("get", "clusterroles,clusterrolebindings", "-l", "app.kubernetes.io/instance=scalable-app", "-o", "name")).toBe(
      "",
    );
  });
});

/** A copy of the chart whose definition has one printer column more. */
async function withColumn(name: string): Promise<string> {
  const folder = join(scratch, "next");
  await mkdir(folder, { recursive: true });
  await cp(chart, folder, { recursive: true });
  const file = join(folder, "templates/crds/scalableapps.yaml");
  const text = await readFile(file, "utf8");
  const changed = text.replace(
    /^( +)additionalPrinterColumns:\n( +)- /m,
    `$1additionalPrinterColumns:\n$2- name: ${name}\n$2  type: string\n$2  jsonPath: .spec.stage\n$2- `,
  );
  expect(changed).not.toBe(text);
  await writeFile(file, changed);
  return folder;
}

async function columns(): Promise<string> {
  return kubectl("get", crd, "-o", "jsonpath={.spec.versions[*].additionalPrinterColumns[*].name}");
}
