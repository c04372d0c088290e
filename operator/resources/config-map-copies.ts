import { CONFIG_DIGEST_ANNOTATION, RELEASE_LABEL } from "../api/labels.ts";
import type { EffectiveSpec, ScalableApp } from "../api/scalable-app.ts";
import type { ConfigMapCopy } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { childMetadata } from "./metadata.ts";
import type { Identity } from "./metadata.ts";
import { configMapCopyName } from "./names.ts";
import { trackedReferences } from "./references.ts";

/** What a ConfigMap holds. */
export interface ConfigMapContent {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly binaryData?: Readonly<Record<string, unknown>>;
}

/** The copies of a release; a ConfigMap without a digest (an optional one that does not exist) has none and keeps its name. */
export function configMapCopies(app: ScalableApp, digests: Readonly<Record<string, string>>, id: string): readonly ConfigMapCopy[] {
  return trackedReferences(app).configMaps.flatMap(({ name: source }) => {
    const digest = digests[`configmap/${source}`];
    return digest === undefined ? [] : [{ source, name: configMapCopyName(app.metadata.name, id, source), digest }];
  });
}

/** A copy as the API server stores it; nobody can change it afterwards. */
export function buildConfigMapCopy(identity: Identity, copy: ConfigMapCopy, content: ConfigMapContent): Manifest {
  const metadata = childMetadata(identity, copy.name, "config");
  const labels = { ...metadata.labels, [RELEASE_LABEL]: identity.context.revision };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, labels, annotations: { [CONFIG_DIGEST_ANNOTATION]: copy.digest } },
    immutable: true,
    ...(content.data && { data: content.data }),
    ...(content.binaryData && { binaryData: content.binaryData }),
  };
}

/** The app with every mention of a copied ConfigMap replaced by its copy. */
export function withConfigMapCopies(app: ScalableApp, copies: readonly ConfigMapCopy[]): ScalableApp {
  if (copies.length === 0) return app;
  const names = new Map(copies.map(({ source, name }) => [source, name]));
  const { spec } = app;
  return {
    ...app,
    spec: {
      ...withEnvironment(spec, names),
      web: withEnvironment(spec.web, names),
      workers: spec.workers.map((worker) => withEnvironment(worker, names)),
      schedules: spec.schedules.map((schedule) => withEnvironment(schedule, names)),
      ...(spec.migration && { migration: withEnvironment(spec.migration, names) }),
      files: spec.files.map((file) => (file.configMapRef ? { ...file, configMapRef: renamed(file.configMapRef, names) } : file)),
      initContainers: spec.initContainers.map((container) => withEnvironment(container, names)),
      sidecars: spec.sidecars.map((container) => withEnvironment(container, names)),
    },
  };
}

type Names = ReadonlyMap<string, string>;

function withEnvironment<T extends Pick<EffectiveSpec, "env" | "envFrom">>(holder: T, names: Names): T {
  const env = holder.env.map((variable) =>
    variable.valueFrom?.configMapKeyRef
      ? { ...variable, valueFrom: { ...variable.valueFrom, configMapKeyRef: renamed(variable.valueFrom.configMapKeyRef, names) } }
      : variable,
  );
  const envFrom = holder.envFrom.map((source) =>
    source.configMapRef ? { ...source, configMapRef: renamed(source.configMapRef, names) } : source,
  );
  return { ...holder, env, envFrom };
}

function renamed<T extends { readonly name: string }>(reference: T, names: Names): T {
  return { ...reference, name: names.get(reference.name) ?? reference.name };
}
