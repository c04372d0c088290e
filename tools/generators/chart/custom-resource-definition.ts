import { parse, stringify } from "yaml";
import { z } from "zod";

const definition = z.looseObject({
  apiVersion: z.literal("apiextensions.k8s.io/v1"),
  kind: z.literal("CustomResourceDefinition"),
  metadata: z.looseObject({ name: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.record(z.string(), z.unknown()),
});

/** templates/crds/<name>.yaml: the definition as a template that can be left out, and kept at uninstall. */
export function renderDefinition(source: string): string {
  const { apiVersion, kind, metadata, spec } = definition.parse(parse(source));
  const annotations = Object.entries(metadata.annotations).map(([key, value]) => `    ${key}: ${escape(JSON.stringify(value))}\n`);
  return `{{- /* Generated from crds/ by \`make generate\`; change it there. */ -}}
{{- if .Values.crds.enabled }}
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: ${metadata.name}
  labels: {{- include "scalable-app.labels" . | nindent 4 }}
${renderAnnotations(annotations)}spec:
${escape(stringify(spec, { lineWidth: 0 })).replaceAll(/^(?=.)/gm, "  ")}{{- end }}
`;
}

function renderAnnotations(lines: readonly string[]): string {
  const keep = "    {{- if .Values.crds.keep }}\n    helm.sh/resource-policy: keep\n    {{- end }}\n";
  if (lines.length > 0) return `  annotations:\n${lines.join("")}${keep}`;
  return "  {{- if .Values.crds.keep }}\n  annotations:\n    helm.sh/resource-policy: keep\n  {{- end }}\n";
}

/** Text that Helm would read as an action is printed by one. */
function escape(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
