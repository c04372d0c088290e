import type { EnvFrom, EnvVar } from "../api/env.ts";
import type { EffectiveSpec, ScalableApp } from "../api/scalable-app.ts";

/** One ConfigMap or Secret in the app's namespace. */
export interface Reference {
  readonly name: string;
  /** Whether the pods start without it: every mention of it says so. */
  readonly optional: boolean;
}

/** What an app refers to. */
export interface References {
  /** ConfigMaps whose content is part of the release. */
  readonly configMaps: readonly Reference[];
  /** Secrets whose data pods read; it is no part of the release. */
  readonly secrets: readonly Reference[];
  /** Secrets that must exist and whose content is not part of the release: those that open the registry. */
  readonly pullSecrets: readonly string[];
}

interface Mention extends Reference {
  readonly kind: "configmap" | "secret";
}

/** The ConfigMaps and Secrets that the pods of the release read, each once, in alphabetical order. */
export function trackedReferences(app: ScalableApp): References {
  const { spec } = app;
  const mentions = [...environmentMentions(spec), ...fileMentions(spec), ...databaseMentions(spec), ...redisMentions(spec)];
  return {
    configMaps: distinct(mentions.filter(({ kind }) => kind === "configmap")),
    secrets: distinct(mentions.filter(({ kind }) => kind === "secret")),
    pullSecrets: [...new Set(spec.imagePullSecrets.map(({ name }) => name))].toSorted(),
  };
}

function distinct(mentions: readonly Mention[]): Reference[] {
  const byName = new Map<string, boolean>();
  for (const { name, optional } of mentions) byName.set(name, optional && (byName.get(name) ?? true));
  return [...byName].map(([name, optional]) => ({ name, optional })).toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** Everything in a spec that has variables of its own: the app, its components, and the containers beside it. */
function environmentHolders(spec: EffectiveSpec): readonly { readonly env: readonly EnvVar[]; readonly envFrom: readonly EnvFrom[] }[] {
  const { web, workers, schedules, migration, initContainers, sidecars } = spec;
  return [spec, web, ...workers, ...schedules, ...(migration === undefined ? [] : [migration]), ...initContainers, ...sidecars];
}

function environmentMentions(spec: EffectiveSpec): Mention[] {
  return environmentHolders(spec).flatMap(({ env, envFrom }) => [...env.flatMap(variableMentions), ...envFrom.flatMap(sourceMentions)]);
}

function variableMentions({ valueFrom }: EnvVar): Mention[] {
  return [...mention("configmap", valueFrom?.configMapKeyRef), ...mention("secret", valueFrom?.secretKeyRef)];
}

function sourceMentions(source: EnvFrom): Mention[] {
  return [...mention("configmap", source.configMapRef), ...mention("secret", source.secretRef)];
}

function fileMentions(spec: EffectiveSpec): Mention[] {
  return spec.files.flatMap((file) => [...mention("configmap", file.configMapRef), ...mention("secret", file.secretRef)]);
}

function databaseMentions({ postgres }: EffectiveSpec): Mention[] {
  if (postgres === undefined) return [];
  const urls = [postgres, ...postgres.replicas].map(({ urlFrom }) => urlFrom.secretKeyRef);
  return [...urls, postgres.tls?.caSecretRef, ...partsSecret(postgres)].flatMap((reference) => mention("secret", reference));
}

function redisMentions({ redis }: EffectiveSpec): Mention[] {
  const servers = [redis?.cache, redis?.queue].filter((server) => server !== undefined);
  return servers.flatMap((server) =>
    server.urlFrom === undefined ? [] : [server.urlFrom.secretKeyRef, ...partsSecret(server)].flatMap((each) => mention("secret", each)),
  );
}

function partsSecret({
  partsFrom,
}: {
  readonly partsFrom?: { readonly secretName: string } | undefined;
}): readonly { readonly name: string }[] {
  return partsFrom === undefined ? [] : [{ name: partsFrom.secretName }];
}

function mention(kind: Mention["kind"], reference: { name: string; optional?: boolean | undefined } | undefined): Mention[] {
  return reference === undefined ? [] : [{ kind, name: reference.name, optional: reference.optional ?? false }];
}
