import { permissions } from "../../../operator/manager/permissions.ts";
import type { Permission } from "../../../operator/manager/permissions.ts";

const head = "{{/* Generated from operator/manager/permissions.ts by `make generate`; change it there. */}}";

/** templates/rbac/_rules.tpl: the table of permissions as two named templates, one for each place where they hold. */
export function renderRules(): string {
  return `${head}\n\n${define("watched")}\n${define("own")}`;
}

function define(where: Permission["where"]): string {
  const rules = permissions.filter((permission) => permission.where === where).map(renderRule);
  return `{{- define "scalable-app.rules.${where}" -}}\n${rules.join("\n")}\n{{- end }}\n`;
}

function renderRule(permission: Permission): string {
  const rule = [
    `# ${permission.why}`,
    `- apiGroups: ["${permission.group}"]`,
    `  resources: ["${permission.resource}"]`,
    ...(permission.only === undefined ? [] : ['  resourceNames: [{{ include "scalable-app.leaseName" . | quote }}]']),
    `  verbs: [${permission.verbs.map((verb) => `"${verb}"`).join(", ")}]`,
  ].join("\n");
  if (permission.secretAccess === undefined) return rule;
  const modes = permission.secretAccess.map((mode) => `"${mode}"`).join(" ");
  return `{{- if has .Values.secretAccess (list ${modes}) }}\n${rule}\n{{- end }}`;
}
