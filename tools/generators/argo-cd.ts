import { readFile } from "node:fs/promises";
import { stringify } from "yaml";
import { API_VERSION, GROUP, KIND } from "../../operator/api/kind.ts";
import { REQUEST_ACTIONS, REQUESTS, requestAnnotation, type RequestAction } from "../../operator/api/requests.ts";
import type { GeneratedFile } from "../generate.ts";

/** When the operator does what an action asks for, as Lua; `release` is status.release or an empty table. */
const enabled: Readonly<Record<RequestAction, string>> = {
  promote: `heard and underWay and inPhase("Canary", "Preview", "Baking")`,
  "promote-full": `heard and underWay and inPhase("Pending", "Migrating", "Canary", "Preview", "Baking")`,
  abort: "heard and underWay and release.stable ~= nil",
  retry: `heard and (inPhase("RollingBack", "Failed") or contract.state == "Failed")`,
  rollback: "heard and ((underWay and release.stable ~= nil) or (release.previous ~= nil and not isBehind))",
  pause: `heard and underWay and inPhase("Pending", "Migrating", "Canary", "Preview", "Baking") and (release.pause == nil or isFrozen)`,
  resume: "release.pause ~= nil and not isFrozen",
  "skip-step": `release.phase == "Canary"`,
  "override-freeze": "isFrozen",
  "override-contract": `says("SchemaContracted")`,
};

/** What the expressions above speak of. */
const facts = `local release = (obj.status or {}).release or {}
local contract = release.contract or {}
local reasons = {}
for _, condition in ipairs((obj.status or {}).conditions or {}) do reasons[condition.reason] = true end
local function says(reason) return reasons[reason] == true end
local function inPhase(...)
  for _, each in ipairs({ ... }) do
    if release.phase == each then return true end
  end
  return false
end
-- Whether the release before needs the schema that a contract migration took away.
local isBehind = false
for _, id in ipairs(contract.olderReleases or {}) do isBehind = isBehind or id == release.previous end
local isFrozen = release.pause ~= nil and release.pause.reason == "Frozen"
local heard = obj.metadata.deletionTimestamp == nil and obj.spec.suspend ~= true and not says("InvalidSpec")
local underWay = release.candidate ~= nil and not inPhase("RollingBack", "Failed")`;

const folder = "gitops/argo-cd";

/** What teaches Argo CD the health of apps, and to ask for what users can ask for: parts of its ConfigMap argocd-cm. */
export async function generate(): Promise<readonly GeneratedFile[]> {
  const actions = stringify(
    {
      "discovery.lua": discovery(),
      definitions: REQUEST_ACTIONS.map((action) => ({ name: action, "action.lua": definition(action) })),
    },
    { lineWidth: 0 },
  );
  return [
    partOfArgoCdCm(
      "argocd-cm.yaml",
      `Health and actions of ${KIND} (${API_VERSION}) for Argo CD. Generated from health.lua and operator/api by \`make generate\`; never edit.`,
      {
        [`resource.customizations.health.${GROUP}_${KIND}`]: await lua("health.lua"),
        [`resource.customizations.actions.${GROUP}_${KIND}`]: actions,
      },
    ),
    partOfArgoCdCm(
      "argocd-cm-cells.yaml",
      "Health of Applications, for cells in sync waves. Generated from application-health.lua by `make generate`; never edit.",
      { "resource.customizations.health.argoproj.io_Application": await lua("application-health.lua") },
    ),
  ];
}

async function lua(file: string): Promise<string> {
  return readFile(new URL(`../../${folder}/${file}`, import.meta.url), "utf8");
}

function partOfArgoCdCm(file: string, about: string, data: Readonly<Record<string, string>>): GeneratedFile {
  const metadata = { name: "argocd-cm", namespace: "argocd", labels: { "app.kubernetes.io/part-of": "argocd" } };
  const content = stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, { lineWidth: 0 });
  const head = [`# ${about}`, `# kubectl -n argocd patch configmap argocd-cm --patch-file ${folder}/${file}`];
  return { path: `${folder}/${file}`, content: `${head.join("\n")}\n${content}` };
}

function discovery(): string {
  const lines = REQUEST_ACTIONS.map(
    (action) => `actions["${action}"] = { displayName = "${REQUESTS[action]}", disabled = not (${enabled[action]}) }`,
  );
  return [facts, "local actions = {}", ...lines, "return actions", ""].join("\n");
}

/** The annotation's value is the id of the request: a new one each time. */
function definition(action: RequestAction): string {
  return [
    `local os = require("os")`,
    "obj.metadata.annotations = obj.metadata.annotations or {}",
    `obj.metadata.annotations["${requestAnnotation(action)}"] = os.date("!argo-cd-%Y%m%dT%H%M%SZ")`,
    "return obj",
    "",
  ].join("\n");
}
