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

function environmentMentions(spec: EffectiveSpec): Mention[] {
  const containers = [spec, ...spec.initContainers, ...spec.sidecars];
  return containers.flatMap(({ env, envFrom }) => [...env.flatMap(variableMentions), ...envFrom.flatMap(sourceMentions)]);
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
  return [...urls, postgres.tls?.caSecretRef].flatMap((reference) => mention("secret", reference));
}

function redisMentions({ redis }: EffectiveSpec): Mention[] {
  return [redis?.cache, redis?.queue].flatMap((server) => mention("secret", server?.urlFrom?.secretKeyRef));
}

function mention(kind: Mention["kind"], reference: { name: string; optional?: boolean | undefined } | undefined): Mention[] {
  return reference === undefined ? [] : [{ kind, name: reference.name, optional: reference.optional ?? false }];
}
