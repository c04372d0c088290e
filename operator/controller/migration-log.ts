import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import { findOwned, type Snapshot } from "../plan/observe/snapshot.ts";

/** The lines of a failed migration that the condition reports. */
const tailLines = 5;
const mostRemembered = 1000;

/** Reads the last log lines of failed migrations, once for each Job. */
export class MigrationLogs {
  readonly #client: KubeClient;
  readonly #known = new Map<string, string>();

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** The last lines that the failed Job printed; undefined where no pod is left to ask. */
  async read(snapshot: Snapshot, jobName: string, signal?: AbortSignal): Promise<string | undefined> {
    const uid = findOwned(snapshot, "Job", jobName)?.metadata.uid;
    if (uid === undefined) return undefined;
    const known = this.#known.get(uid);
    if (known !== undefined) return known;
    const log = await this.#ask(snapshot, jobName, signal);
    if (log !== undefined) this.#remember(uid, log);
    return log;
  }

  async #ask(snapshot: Snapshot, jobName: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const [pod] = snapshot.pods
      .filter(({ metadata }) => metadata.labels?.["batch.kubernetes.io/job-name"] === jobName)
      .toSorted((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1));
    if (!pod) return undefined;
    try {
      const log = await this.#client.podLogs(snapshot.app.metadata.namespace, pod.metadata.name, {
        container: "app",
        tailLines,
        ...(signal && { signal }),
      });
      return log.trim().slice(-1000);
    } catch (error) {
      // Without a log the message still names the Job; a log that cannot be read must not keep the status back.
      if (error instanceof KubeError) return undefined;
      throw error;
    }
  }

  #remember(uid: string, log: string): void {
    if (this.#known.size >= mostRemembered) this.#known.clear();
    this.#known.set(uid, log);
  }
}
