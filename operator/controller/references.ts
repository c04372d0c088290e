import { hashValue } from "../base/canonical.ts";
import type { KubeClient } from "../kube/client.ts";
import { isForbidden } from "../kube/errors.ts";
import type { KubeObject } from "../base/object.ts";
import type { Informer } from "../kube/informer.ts";
import { configMaps, secrets } from "../kube/resources.ts";
import { referenceKey, type NamedReference } from "../plan/references.ts";
import { observeSecret, type SecretFacts } from "../plan/observe/secret-facts.ts";
import type { Reference, References } from "../plan/observe/snapshot.ts";

/** Where the reader looks, and how often. */
export interface ReferenceReaderOptions {
  readonly client: KubeClient;
  readonly configMaps: Informer;
  /** The cache of Secrets' metadata, where the operator may watch them. */
  readonly secrets: Informer | undefined;
  readonly secretAccess: "get" | "watch" | "none";
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly random?: () => number;
}

/** Milliseconds after which a Secret that was found is looked at again; jittered by a fifth either way so that apps do not ask in step. */
const secretTtlMs = 600_000;
/** Milliseconds after which a Secret that was missing or denied is looked at again. */
const absentTtlMs = 10_000;

/** The memory is not swept while it holds fewer entries than this. */
const leastSweep = 128;

interface Remembered {
  readonly reference: Reference;
  /** When the look began: it may be older than what it found. */
  readonly began: number;
  readonly until: number;
}

interface Seen {
  readonly generation: number;
  readonly since: number;
}

/** Says what became of referenced ConfigMaps and Secrets; the content of a Secret is never asked for. */
export class ReferenceReader {
  readonly #options: ReferenceReaderOptions;
  readonly #secrets = new Map<string, Remembered>();
  readonly #digests = new Map<string, string>();
  /** The newest generation of each app, and since when it is known. */
  readonly #seen = new Map<string, Seen>();

  #sweepAt = leastSweep;

  constructor(options: ReferenceReaderOptions) {
    this.#options = options;
  }

  /** How many ConfigMaps and Secrets it remembers, those of deleted apps included until the next sweep. */
  get remembered(): number {
    return this.#secrets.size + this.#digests.size;
  }

  /** Notes that a generation of an app is known from now on: every event of an app says so, and the first of a generation counts. */
  see(key: string, generation: number | undefined): void {
    if (generation === undefined || this.#seen.get(key)?.generation === generation) return;
    this.#seen.set(key, { generation, since: this.#options.now() });
  }

  /**
   * Looks up every reference, and says after how many milliseconds a look is due again (undefined: an event will report).
   * For a new generation of an app, a Secret is looked at again although its time is not up: the spec has changed, so the user is waiting.
   * One look that began after the generation was seen is enough, whichever app of the namespace it was for, so that a thousand apps that
   * arrive together, as they do when the operator starts, share their looks.
   */
  async read(
    namespace: string,
    tracked: readonly NamedReference[],
    app: { readonly key: string; readonly signal?: AbortSignal },
  ): Promise<{ readonly references: References; readonly dueMs: number | undefined }> {
    const since = this.#seen.get(app.key)?.since ?? 0;
    const entries = await Promise.all(
      tracked.map(async (named) => {
        const look = { namespace, name: named.name, ...(app.signal && { signal: app.signal }) };
        const reference = await (named.kind === "ConfigMap" ? this.#configMap(look) : this.#secret(look, since));
        return [referenceKey(named), reference] as const;
      }),
    );
    this.#sweep();
    return { references: Object.fromEntries(entries), dueMs: this.#due(namespace, tracked) };
  }

  /** Forgets a deleted app. */
  forget(key: string): void {
    this.#seen.delete(key);
  }

  /** Forgets what no app asks for any more: whenever the memory has doubled, so that it costs next to nothing. */
  #sweep(): void {
    if (this.remembered < this.#sweepAt) return;
    const { configMaps: cache, now } = this.#options;
    for (const [key, { until }] of this.#secrets) if (until < now()) this.#secrets.delete(key);
    for (const key of this.#digests.keys()) if (!cache.get(key)) this.#digests.delete(key);
    this.#sweepAt = Math.max(leastSweep, 2 * this.remembered);
  }

  async #configMap({ namespace, name, ...request }: Look): Promise<Reference> {
    const seen = this.#options.configMaps.get(`${namespace}/${name}`);
    if (!seen) return { state: "missing" };
    const version = `${namespace}/${name}/${seen.metadata.uid}/${seen.metadata.resourceVersion}`;
    const known = this.#digests.get(`${namespace}/${name}`);
    if (known?.startsWith(`${version}=`)) return { state: "found", digest: known.slice(version.length + 1) };
    const whole = await this.#options.client.get(configMaps, namespace, name, request);
    if (!whole) return { state: "missing" };
    const digest = digestConfigMap(whole);
    this.#digests.set(`${namespace}/${name}`, `${version}=${digest}`);
    return { state: "found", digest };
  }

  async #secret(look: Look, since: number): Promise<Reference> {
    const { namespace, name } = look;
    const { secretAccess, secrets: cache, client, now, random = Math.random } = this.#options;
    if (secretAccess === "none") return { state: "unknown" };
    if (cache) {
      const seen = cache.get(`${namespace}/${name}`);
      return seen ? { state: "found", secret: factsOf(seen) } : { state: "missing" };
    }
    const key = `${namespace}/${name}`;
    const remembered = this.#secrets.get(key);
    if (remembered && remembered.began >= since && remembered.until > now()) return remembered.reference;
    const began = now();
    const reference = await lookUp(client, look);
    const ttl = reference.state === "found" ? secretTtlMs : absentTtlMs;
    this.#secrets.set(key, { reference, began, until: now() + ttl * (0.8 + random() * 0.4) });
    return reference;
  }

  #due(namespace: string, tracked: readonly NamedReference[]): number | undefined {
    const until = tracked.flatMap(({ kind, name }) => (kind === "Secret" ? [this.#secrets.get(`${namespace}/${name}`)?.until] : []));
    const soonest = until.reduce<number | undefined>(
      (least, at) => (at !== undefined && (least === undefined || at < least) ? at : least),
      undefined,
    );
    return soonest === undefined ? undefined : Math.max(1000, soonest - this.#options.now());
  }
}

interface Look {
  readonly namespace: string;
  readonly name: string;
  readonly signal?: AbortSignal;
}

/** The cache keeps of a Secret what `slimSecret` has read from its metadata. */
function factsOf(cached: KubeObject): SecretFacts {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody but slimSecret fills this cache
  return cached["secret"] as SecretFacts;
}

async function lookUp(client: KubeClient, { namespace, name, ...request }: Look): Promise<Reference> {
  try {
    const secret = await client.get(secrets, namespace, name, { metadataOnly: true, ...request });
    if (!secret) return { state: "missing" };
    return { state: "found", secret: observeSecret({ ...secret.metadata }) };
  } catch (error) {
    if (isForbidden(error)) return { state: "denied", message: error instanceof Error ? error.message : String(error) };
    throw error;
  }
}

/** Digest of what a ConfigMap holds; its labels do not count. */
export function digestConfigMap(whole: KubeObject): string {
  return hashValue([whole["data"] ?? {}, whole["binaryData"] ?? {}], 16);
}
