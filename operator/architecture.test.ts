import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { REASONS } from "./api/conditions.ts";
import { childrenOf, database } from "./testing/rendered.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const self = "operator/architecture.test.ts";

/** What each layer may import besides itself and `base`; a folder that is not named here has no place yet. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  measurement: [],
  api: [],
  resources: ["api"],
  plan: ["api", "resources", "measurement"],
  status: ["api", "resources", "plan"],
  kube: [],
  "metrics-source": ["measurement"],
  "queue-source": [],
  controller: ["api", "resources", "plan", "status", "kube", "metrics-source", "queue-source"],
  manager: ["api", "resources", "plan", "status", "kube", "metrics-source", "queue-source", "controller"],
  cli: ["api", "resources", "plan", "status", "kube", "metrics-source", "queue-source", "controller", "manager"],
  "main.ts": ["manager"],
};
/** Layers that would serve any other operator. */
const generic = ["base", "measurement", "kube", "metrics-source", "queue-source"];
const pure = ["measurement", "api", "resources", "plan", "status"];
/** What each folder of plan/ may import besides itself: observe -> analysis, secrets -> rollout, scaling -> plan.ts and the files beside it. */
const planFolders: Readonly<Record<string, readonly string[]>> = {
  calendar: [],
  observe: [],
  analysis: ["observe"],
  secrets: ["observe"],
  rollout: ["calendar", "observe", "analysis", "secrets"],
  scaling: ["calendar", "observe"],
  ".": ["calendar", "observe", "analysis", "secrets", "rollout", "scaling"],
};

/** Paths below the root, with slashes. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function isShipped(path: string): boolean {
  return !/\.(test|integration)\.ts$|\/testing\/|\/testdata\//u.test(path);
}

function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** What a module imports: paths below the root for our own, bare names otherwise. */
function importsOf(path: string): readonly { readonly from: string; readonly typesOnly: boolean }[] {
  const statements = read(path).matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s)?["']([^"']+)["']|import\(["']([^"']+)["']\)/gmu,
  );
  return [...statements].map(([, types, named = "", dynamic = named]) => ({
    from: dynamic.startsWith(".") ? join(dirname(path), dynamic) : dynamic,
    typesOnly: types !== undefined,
  }));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gmu, "");
}

function kebab(name: string): string {
  return name.replaceAll(/(?<!^)(?=[A-Z])/gu, "-").toLowerCase();
}

const sources = filesBelow("operator").filter((path) => path.endsWith(".ts"));
const shipped = sources.filter(isShipped);

describe("layers", () => {
  test("every module has a place in the order", () => {
    expect(shipped.filter((path) => mayImport[layerOf(path)] === undefined)).toEqual([]);
  });

  test("imports go one way, and nothing shipped imports what is only there for tests", () => {
    const wrong = shipped.flatMap((path) =>
      importsOf(path)
        .filter(({ from }) => from.includes("/"))
        .filter(({ from }) => !from.startsWith("@") && !from.startsWith("node:"))
        .filter(({ from }) => !isAllowed(path, from))
        .map(({ from }) => `${path} -> ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  function isAllowed(path: string, from: string): boolean {
    if (!from.startsWith("operator/") || !isShipped(from)) return false;
    const [here, there] = [layerOf(path), layerOf(from)];
    return here === there || there === "base" || (mayImport[here] ?? []).includes(there);
  }

  test("within plan, what is observed comes before the analysis, the rollout and the plan", () => {
    const wrong = shipped
      .filter((path) => layerOf(path) === "plan")
      .flatMap((path) => importsOf(path).map(({ from }) => ({ path, from })))
      .filter(
        ({ path, from }) => layerOf(from) === "plan" && from.startsWith("operator/") && !isBelow(planFolderOf(path), planFolderOf(from)),
      )
      .map(({ path, from }) => `${path} -> ${from}`);
    expect(wrong).toEqual([]);
    expect([isBelow("rollout", "observe"), isBelow("observe", "rollout"), isBelow("rollout", ".")]).toEqual([true, false, false]);
  });

  function planFolderOf(path: string): string {
    return relative("operator/plan", dirname(path)) || ".";
  }

  function isBelow(here: string, there: string): boolean {
    return here === there || (planFolders[here] ?? []).includes(there);
  }

  test("no file imports itself by way of others, types included", () => {
    expect(inCycles(new Map(shipped.map((path) => [path, importsOf(path).map(({ from }) => from)])))).toEqual([]);
    const known: readonly (readonly [string, readonly string[]])[] = [
      ["leads-there", ["a"]],
      ["a", ["b"]],
      ["b", ["a", "leaf"]],
      ["leaf", []],
    ];
    expect(inCycles(new Map(known))).toEqual(["leads-there", "a", "b"]);
  });

  /** The files that are left when, again and again, those are taken away that import nothing that is left: cycles, and what leads to them. */
  function inCycles(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
    const left = new Map(imports);
    for (let before = Infinity; left.size < before;) {
      before = left.size;
      for (const [path, from] of left) if (!from.some((each) => left.has(each))) left.delete(path);
    }
    return [...left.keys()];
  }

  test("what would serve any other operator names no kind of ours", () => {
    const ours = /scalableapp/iu;
    expect(shipped.filter((path) => generic.includes(layerOf(path)) && ours.test(read(path)))).toEqual([]);
    expect(ours.test(read("operator/api/kind.ts"))).toBe(true);
  });

  test("imports are found at all", () => {
    expect(importsOf("operator/main.ts").map(({ from }) => from)).toContain("operator/manager/manager.ts");
    expect(importsOf("operator/controller/reconciler.ts").length).toBeGreaterThan(15);
    expect(isAllowed("operator/plan/plan.ts", "operator/status/status.ts")).toBe(false);
    expect(isAllowed("operator/kube/client.ts", "operator/api/kind.ts")).toBe(false);
    expect(isAllowed("operator/kube/client.ts", "operator/base/object.ts")).toBe(true);
    expect(isAllowed("operator/base/object.ts", "operator/kube/client.ts")).toBe(false);
    expect(isAllowed("operator/plan/plan.ts", "operator/testing/golden.ts")).toBe(false);
  });
});

describe("the test cluster", () => {
  const home = "e2e/cluster";
  const inside = filesBelow(home).filter((path) => path.endsWith(".ts"));
  const outside = ["operator", "e2e", "tools", "bench", "examples"]
    .flatMap(filesBelow)
    .filter((path) => path.endsWith(".ts") && !path.startsWith(`${home}/`));

  test("imports no file that is not in its folder", () => {
    const foreign = inside.flatMap((path) => importsOf(path).flatMap(({ from }) => (isForeign(from) ? [`${path} -> ${from}`] : [])));
    expect(foreign).toEqual([]);
    expect(["operator/base/tree.ts", `${home}/index.ts`, "yaml"].map(isForeign)).toEqual([true, false, false]);
  });

  function isForeign(from: string): boolean {
    return from.endsWith(".ts") && !from.startsWith(`${home}/`);
  }

  test("is entered by its index alone", () => {
    const entered = outside.flatMap((path) => importsOf(path).filter(({ from }) => from.startsWith(home)));
    expect(entered.length).toBeGreaterThan(10);
    expect(new Set(entered.map(({ from }) => from))).toEqual(new Set([`${home}/index.ts`]));
  });

  test("is a package of its own, with the versions that the project has", () => {
    const ranges = { ...packageOf("package.json").dependencies, ...packageOf("package.json").devDependencies };
    const { dependencies = {} } = packageOf(`${home}/package.json`);
    expect(ranges).toMatchObject(dependencies);
    const itself = inside.filter((path) => !/\.(?:test|integration)\.ts$/u.test(path)).flatMap((path) => importsOf(path));
    const bare = itself.map(({ from }) => from).filter((from) => !from.endsWith(".ts") && !from.startsWith("node:"));
    expect(new Set([...bare, "node"])).toEqual(new Set(Object.keys(dependencies)));
  });

  function packageOf(path: string): Readonly<Partial<Record<"dependencies" | "devDependencies", Readonly<Record<string, string>>>>> {
    return JSON.parse(read(path));
  }
});

describe("pure layers", () => {
  const modules = shipped.filter((path) => pure.includes(layerOf(path)));
  // A hash, a comparison and a compression are functions of their input.
  const harmless = ["node:crypto", "node:util", "node:zlib"];
  const packages = ["zod", "yaml", "croner", "@prometheus-io/lezer-promql"];

  test("import no I/O: only types, or packages that compute", () => {
    const wrong = modules.flatMap((path) =>
      importsOf(path)
        .filter(({ from, typesOnly }) => !typesOnly && !from.startsWith("operator/"))
        .filter(({ from }) => ![...harmless, ...packages].includes(from))
        .map(({ from }) => `${path} -> ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test("know no clock, no chance and no environment", () => {
    const impure =
      /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bMath\.random\b|\bprocess\.|\bperformance\.|\brandomUUID\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\(|\bconsole\./u;
    expect(modules.filter((path) => impure.test(withoutComments(read(path))))).toEqual([]);
    expect(impure.test("const at = new Date();")).toBe(true);
  });
});

describe("builders", () => {
  const everything = {
    stage: "steady",
    postgres: { ...database, maxConnections: 500 },
    migration: { command: ["migrate"] },
    workers: [{ name: "orders", command: ["work"], autoscaling: { minReplicas: 2, maxReplicas: 4 } }],
    schedules: [{ name: "nightly", cron: "0 3 * * *", command: ["report"] }],
  };
  const folders: Readonly<Record<string, string>> = { worker: "worker/", schedule: "schedule/", redis: "redis/" };

  test.each(childrenOf(everything).map(({ role, object }) => [role, object.kind] as const))(
    "%s is built in a file named for its kind, %s",
    (role, kind) => {
      const parts = role.split("/");
      const component = parts.length === 1 ? "" : (folders[role.split("-")[0] ?? ""] ?? `${parts[0]}/`);
      const path = `operator/resources/${component}${kebab(kind)}.ts`;
      expect(parts.at(-1)).toBe(kebab(kind));
      expect(existsSync(join(root, path)), `${path} is missing`).toBe(true);
      expect(read(path)).toMatch(/export function build\w+/u);
    },
  );
});

describe("ARCHITECTURE.md", () => {
  const map = read("ARCHITECTURE.md");
  const named = [...map.matchAll(/`([\w.-]+(?:\/[\w.*-]*)+|[\w-]+\.(?:md|json|ts))`|\(([\w./-]*operator\/[\w./-]+)\)/gu)].map(
    ([, quoted, plain]) => quoted ?? plain ?? "",
  );
  const tops = new Set(readdirSync(root));
  const paths = named.filter((name) => name.includes("/") && tops.has(name.split("/")[0] ?? "") && !name.includes("*"));

  test("names enough to be a map", () => {
    expect(paths.length).toBeGreaterThan(30);
  });

  test.each([...new Set(paths)])("%s exists", (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  test("every folder of operator/ is on it", () => {
    const folders = new Set(sources.map((path) => `${dirname(path)}/`).filter((folder) => !folder.endsWith("/testdata/")));
    expect([...folders].filter((folder) => !map.includes(`\`${folder}\``) && folder !== "operator/")).toEqual([]);
  });
});

describe("runbooks", () => {
  const wanted = Object.entries(REASONS).flatMap(([reason, { error }]) => (error ? [reason] : []));

  test("one for each reason that asks somebody to act, and none besides", () => {
    const there = readdirSync(join(root, "docs/runbooks")).toSorted();
    expect(there).toEqual(wanted.map((reason) => `${kebab(reason)}.md`).toSorted());
  });

  test.each(wanted)("%s says what one sees, what it means, what to check and how to repair it, on one screen", (reason) => {
    const text = read(`docs/runbooks/${kebab(reason)}.md`);
    expect(text).toMatch(new RegExp(`^# ${reason}\\n[^]*You see[^]*It means[^]*Check[^]*kubectl[^]*Repair`, "u"));
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(25);
  });

  test("their links lead somewhere", () => {
    for (const path of filesBelow("docs/runbooks")) {
      for (const [, target = ""] of read(path).matchAll(/\]\(([\w./-]+)\)/gu))
        expect(existsSync(join(root, dirname(path), target)), `${path}: ${target}`).toBe(true);
    }
  });
});

describe("reasons", () => {
  const code = shipped.filter((path) => path !== "operator/api/conditions.ts").map((path) => withoutComments(read(path)));

  test.each(Object.keys(REASONS))("%s is given somewhere", (reason) => {
    expect(code.some((text) => text.includes(`"${reason}"`))).toBe(true);
  });
});

describe("the house", () => {
  const code = ["operator", "e2e", "tools", "bench", "examples/storefront/src"]
    .flatMap(filesBelow)
    .filter((path) => path.endsWith(".ts") && path !== self);

  test("no file is longer than 400 lines", () => {
    expect(code.filter((path) => read(path).split("\n").length > 401)).toEqual([]);
  });

  test("nothing shipped in plan/ and resources/ is longer than 250 lines", () => {
    const small = shipped.filter((path) => ["plan", "resources", "measurement"].includes(layerOf(path)));
    expect(small.filter((path) => read(path).split("\n").length > 251)).toEqual([]);
  });

  test("nothing is left for later, and no test is left out", () => {
    const loose = /\b(?:TODO|FIXME|XXX)\b|\b(?:test|it|describe)\.(?:skip|only|todo|fails)\b/u;
    expect(code.filter((path) => loose.test(read(path)))).toEqual([]);
  });

  test("files are named in kebab-case", () => {
    expect(code.filter((path) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*\.ts$/u.test(basename(path)))).toEqual([]);
  });

  test("no folder is a drawer", () => {
    expect(code.filter((path) => /\/(?:utils?|helpers?|common|types|misc|shared)\//u.test(path))).toEqual([]);
  });
});
