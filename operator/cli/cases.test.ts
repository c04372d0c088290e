import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { referencesIn } from "../api/variable-references.ts";
import { parseScalableApp } from "../api/parse.ts";
import { isTree } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";
import { expectGolden } from "../testing/golden.ts";
import { containerOf, environmentOf, listOf, podSpecOf } from "../testing/rendered.ts";
import type { Manifest } from "../resources/manifest.ts";
import { readApps } from "./read-app.ts";
import { renderApp } from "./render.ts";

const folder = new URL("testdata/cases/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".app.yaml"))
  .map((file) => file.replace(".app.yaml", ""));

async function render(name: string): Promise<string> {
  const [found] = await readApps(fileURLToPath(new URL(`${name}.app.yaml`, folder)));
  if (found?.ok === true) return renderApp(found, "0a1b2c3d4e");
  throw new Error(JSON.stringify(found));
}

async function objectsOf(name: string): Promise<readonly Manifest[]> {
  return parseAllDocuments(await render(name)).map((document) => document.toJS() as Manifest);
}

async function objectOf(name: string, kind: string, child: string): Promise<Manifest> {
  const found = (await objectsOf(name)).find((object) => object.kind === kind && object.metadata.name === child);
  if (found === undefined) throw new Error(`no ${kind} ${child}`);
  return found;
}

const workloads = new Set(["Deployment", "StatefulSet", "CronJob", "Job"]);

function containersOf(object: Manifest): readonly Tree[] {
  const pod = podSpecOf(object);
  return [...listOf(pod["initContainers"]), ...listOf(pod["containers"])];
}

test("there are cases, each of a kind of app", () => {
  expect(names).toHaveLength(10);
});

describe.each(names)("the case %s", (name) => {
  test("is rendered as it was when somebody last looked at it", async () => {
    expectGolden(new URL(`${name}.rendered.yaml`, folder), await render(name));
  });

  test("leaves no variable of ours as a text to a program", async () => {
    const objects = await objectsOf(name);
    const ours = Object.keys(objects.find(({ metadata }) => metadata.name.includes("-environment-"))?.["data"] ?? {});
    const open = objects
      .filter(({ kind }) => workloads.has(kind))
      .flatMap((object) => containersOf(object).map((container) => [object, container] as const))
      .flatMap(([{ metadata }, container]) => unresolved(container, ours).map((variable) => `${metadata.name}: ${variable}`));
    expect(open).toEqual([]);
  });
});

/** The variables of ours that a container names before they have a value; `sources` are those of a ConfigMap of ours. */
function unresolved(container: Tree, sources: readonly string[]): readonly string[] {
  const env = listOf(container["env"]);
  return env.flatMap(({ value }, index) => {
    const isSource = listOf(container["envFrom"]).some((source) => JSON.stringify(source).includes("-environment-"));
    const known = new Set([...(isSource ? sources : []), ...env.slice(0, index).map((variable) => variable["name"])]);
    const used = typeof value === "string" ? referencesIn(value) : [];
    return used.filter((name) => /^(?:DATABASE|REDIS|PORT|SCALABLEAPP)/u.test(name) && !known.has(name));
  });
}

test("a migration reaches the database by its parts, through a pooler of sessions, and by its URLs at once", async () => {
  const job = await objectOf("b04-support-desk", "Job", "desk-migrate-0a1b2c3d4e");
  expect(environmentOf(containerOf(job))).toMatchObject({
    DATABASE_HOST: "127.0.0.1",
    DATABASE_NAME: "app",
    DATABASE_URL: { secretKeyRef: { name: "desk-db", key: "url" } },
    DATABASE_DIRECT_URL: { secretKeyRef: { name: "desk-db", key: "url" } },
    POSTGRES_HOST: "$(DATABASE_HOST)",
  });
  expect(containerOf(job, "pgbouncer")["args"]).toEqual(["--session", "--any-database", "app=/etc/scalable-app/database/app"]);
});

test("a second process with a port and a path has an image, a Service, probes and a route", async () => {
  const streaming = await objectOf("b01-mastodon", "Deployment", "social-worker-streaming");
  expect(containerOf(streaming)).toMatchObject({
    image: "acme/social-streaming:4.3.8",
    ports: [{ name: "http", containerPort: 4000 }],
    readinessProbe: {
      httpGet: { path: "/api/v1/streaming/health", httpHeaders: [{ name: "Host", value: "social.example.com" }] },
    },
  });
  expect(environmentOf(containerOf(streaming))).toMatchObject({ PORT: "4000" });
  expect(await objectOf("b01-mastodon", "Service", "social-streaming")).toMatchObject({
    spec: { selector: { "app.kubernetes.io/component": "worker-streaming" }, ports: [{ port: 80, targetPort: "http" }] },
  });
  expect(await objectOf("b01-mastodon", "HTTPRoute", "social-web")).toMatchObject({
    spec: {
      rules: [
        { matches: [{ path: { value: "/api/v1/streaming" } }], backendRefs: [{ name: "social-streaming", port: 80 }] },
        { matches: [{ path: { value: "/" } }], backendRefs: [{ name: "social-web" }] },
      ],
    },
  });
});

test("a process that must never run twice ends before its successor starts", async () => {
  const scheduler = await objectOf("b01-mastodon", "Deployment", "social-worker-scheduler");
  expect(scheduler["spec"]).toMatchObject({ strategy: { type: "Recreate" } });
  expect(isTree(scheduler["spec"]) && scheduler["spec"]["strategy"]).not.toHaveProperty("rollingUpdate");
});

test("the uploads are where the web, the worker and the clean-up look for them", async () => {
  const mount = { name: "volume-system", mountPath: "/opt/social/public/system" };
  const objects = await objectsOf("b01-mastodon");
  const having = objects.filter(
    (object) =>
      workloads.has(object.kind) && containersOf(object).some((each) => JSON.stringify(each["volumeMounts"])?.includes(mount.name)),
  );
  expect(having.map(({ metadata }) => metadata.name)).toEqual(["social-web", "social-worker-default", "social-media-remove"]);
  expect(containerOf(having[0]!)["volumeMounts"]).toContainEqual(mount);
});

test("a Secret of the user's wins over the cache that the stage invents, and not over what the spec itself says", async () => {
  const app = containerOf(await objectOf("a17-env-from-precedence", "Deployment", "wiki-web"));
  const ours = await objectOf("a17-env-from-precedence", "ConfigMap", "wiki-environment-0a1b2c3d4e");
  expect(app["envFrom"]).toEqual([{ configMapRef: { name: ours.metadata.name } }, { secretRef: { name: "wiki-env" } }]);
  expect(ours["data"]).toHaveProperty("REDIS_CACHE_URL", "redis://wiki-redis-cache:6379");
  expect(environmentOf(app)).not.toHaveProperty("REDIS_CACHE_URL");
  expect(environmentOf(app)).toMatchObject({ PORT: "8080", DATABASE_URL: "postgres://app@127.0.0.1:6432/app" });
});

test("a platform that gives out user ids finds none that is named", async () => {
  const texts = (await objectsOf("a16-namespace-user-range")).map((object) => JSON.stringify(object));
  for (const text of texts) expect(text).not.toMatch(/"(?:runAsUser|runAsGroup|fsGroup)":/u);
  expect(texts.some((text) => text.includes('"runAsNonRoot":true'))).toBe(true);
});

test("a framework that asks the catalogue for its database finds it by its own name", async () => {
  const web = await objectOf("a08-database-alias", "Deployment", "crm-web");
  expect(environmentOf(containerOf(web))).toMatchObject({
    DATABASE_NAME: "crm_production",
    DATABASE_URL: "postgres://app@127.0.0.1:6432/crm_production",
  });
  const args = containerOf(web, "pgbouncer")["args"];
  expect(args).toEqual(expect.arrayContaining(["--database=crm_production", "crm_production=/etc/scalable-app/database/app"]));
});

test("a client library that reads a parameter of the URL gets it", async () => {
  const web = await objectOf("a07-search-path", "Deployment", "tenant-a-web");
  expect(environmentOf(containerOf(web))).toMatchObject({ DATABASE_URL: "postgres://app@127.0.0.1:6432/app?schema=tenant_a" });
});

describe("the manifest that the documentation gives", () => {
  const page = readFileSync(new URL("../../docs/moving-an-existing-app.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/^## (?<title>.+)\n\n```yaml\n(?<text>[^]*?)```/gmu)].map(
    ({ groups }) => [groups?.["title"], groups?.["text"]] as const,
  );

  test.each(blocks)("to %s is valid", (_, text = "") => {
    const result = parseScalableApp({ metadata: { name: "app" }, ...(parse(text) as Tree) });
    expect(result.ok ? [] : result.problems).toEqual([]);
  });

  test("is there for every framework that it names", () => {
    expect(blocks.map(([title]) => title)).toEqual(["Django", "Rails", "Laravel", "Go", "Spring"]);
  });
});
