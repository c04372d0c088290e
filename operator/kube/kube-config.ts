import type { KubeConfig } from "@kubernetes/client-node";

/** Reads kubeconfig files as one: where several name the same thing, the first one holds, as kubectl has it. */
export async function parseKubeConfigs(paths: readonly string[], context: string | undefined): Promise<KubeConfig> {
  // client-node costs 60 MB of memory and a second to load (it brings every typed model), so a pod never loads it.
  const library = await import("@kubernetes/client-node");
  const parsed = paths.map((path) => {
    const config = new library.KubeConfig();
    try {
      config.loadFromFile(path);
    } catch (cause) {
      throw new Error(`${path} is not a kubeconfig file: correct it, or name another one`, { cause });
    }
    return config;
  });
  const merged = new library.KubeConfig();
  merged.loadFromOptions({
    clusters: firstOfEachName(parsed.flatMap((config) => config.getClusters())),
    contexts: firstOfEachName(parsed.flatMap((config) => config.getContexts())),
    users: firstOfEachName(parsed.flatMap((config) => config.getUsers())),
    currentContext: context ?? parsed.map((config) => nonEmpty(config.getCurrentContext())).find((name) => name !== undefined),
  });
  return merged;
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter(({ name }, index) => entries.findIndex((entry) => entry.name === name) === index);
}

/** The contexts that a kubeconfig has, for messages. */
export function contextNames(config: KubeConfig): string {
  return (
    config
      .getContexts()
      .map(({ name }) => name)
      .join(", ") || "none"
  );
}

/** The text where there is any. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
