import { SECRETS_ANNOTATION } from "../api/labels.ts";
import { isTree } from "../base/tree.ts";
import { read, readString, readTree, readTrees } from "../base/read.ts";
import type { Tree } from "../base/tree.ts";
import type { Child } from "./children.ts";

/** What pods carry of each Secret whose data has changed since it was first seen, by its name. */
export type SecretVersions = Readonly<Record<string, string>>;

/**
 * A Deployment whose pods restart when the data of a Secret that they read changes: their template says which data they have read. It is
 * put on top of the stored release, whose id and whose Jobs are the same. Runs of schedules read the data anew by themselves.
 */
export function withSecretVersions(child: Child, versions: SecretVersions): Child {
  const { object } = child;
  const template = read(object, "spec", "template");
  if (object.kind !== "Deployment" || !isTree(object["spec"]) || !isTree(template)) return child;
  const value = secretsAnnotation(template, versions);
  if (value === undefined) return child;
  const metadata = readTree(template["metadata"]);
  const annotations = { ...readTree(metadata["annotations"]), [SECRETS_ANNOTATION]: value };
  const spec = { ...object["spec"], template: { ...template, metadata: { ...metadata, annotations } } };
  return { ...child, object: { ...object, spec } };
}

/** "name=version" of each changed Secret that a pod template reads, in alphabetical order; undefined where there is none. */
export function secretsAnnotation(template: unknown, versions: SecretVersions): string | undefined {
  const parts = secretsOfTemplate(template).flatMap((name) => (versions[name] === undefined ? [] : [`${name}=${versions[name]}`]));
  return parts.length === 0 ? undefined : parts.join(",");
}

/** The versions that the pods of a workload carry. */
export function carriedVersions(workload: unknown): SecretVersions {
  const value = carriedSecrets(workload);
  if (value === undefined) return {};
  const parts = value.split(",").map((part) => part.split("="));
  return Object.fromEntries(parts.flatMap(([name, version]) => (name && version ? [[name, version]] : [])));
}

/** The annotation of a workload's pod template. */
export function carriedSecrets(workload: unknown): string | undefined {
  const value = isTree(workload) ? read(workload, "spec", "template", "metadata", "annotations", SECRETS_ANNOTATION) : undefined;
  return readString(value);
}

/** The Secrets whose data the pods of a template read, in alphabetical order; those that open a registry are not among them. */
export function secretsOfTemplate(template: unknown): readonly string[] {
  const pod = isTree(template) ? readTree(template["spec"]) : {};
  const containers = [...readTrees(pod["initContainers"]), ...readTrees(pod["containers"])];
  const names = [...containers.flatMap(secretsOfContainer), ...readTrees(pod["volumes"]).flatMap(secretsOfVolume)];
  return [...new Set(names.filter((name) => typeof name === "string"))].toSorted();
}

function secretsOfContainer(container: Tree): readonly unknown[] {
  return [
    ...readTrees(container["env"]).map((variable) => read(variable, "valueFrom", "secretKeyRef", "name")),
    ...readTrees(container["envFrom"]).map((source) => read(source, "secretRef", "name")),
  ];
}

function secretsOfVolume(volume: Tree): readonly unknown[] {
  const sources = readTrees(read(volume, "projected", "sources"));
  return [read(volume, "secret", "secretName"), ...sources.map((source) => read(source, "secret", "name"))];
}
