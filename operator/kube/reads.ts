import type { GetOptions, ListOptions, ListPage, PodLogOptions, Timeouts, WatchEvent, WatchOptions } from "./operations.ts";
import type { RequestSubject } from "./errors.ts";
import { isNotFound, KubeError } from "./errors.ts";
import { asObjectOf } from "./json.ts";
import { readTree, readString } from "../base/read.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import { collectionPath, objectPath, withQuery } from "./path.ts";
import type { RequestContext } from "./request.ts";
import { send } from "./request.ts";
import { pods } from "./resources.ts";
import { openWatch } from "./watch.ts";

const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** The reading half of a client. */
export interface ReadOperations {
  /** The object, or undefined when it does not exist. */
  get(resource: Resource, namespace: string | undefined, name: string, options?: GetOptions): Promise<KubeObject | undefined>;
  list(resource: Resource, options?: ListOptions): Promise<ListPage>;
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent>;
  podLogs(namespace: string, name: string, options?: PodLogOptions): Promise<string>;
  /** GET of any other path, e.g. "/version" or "/apis"; undefined on 404. */
  getPath(path: string, signal?: AbortSignal): Promise<unknown>;
}

/** Builds the reading half of a client. */
export function readOperations(context: RequestContext, timeouts: Timeouts): ReadOperations {
  async function read(subject: RequestSubject, path: string, accept: string, options: GetOptions & { timeoutMs: number }): Promise<string> {
    const { timeoutMs, signal } = options;
    return send(context, {
      subject,
      method: "GET",
      path,
      headers: { accept },
      timeoutMs,
      idempotent: true,
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async function list(resource: Resource, options: ListOptions = {}): Promise<ListPage> {
    const { namespace, labelSelector, fieldSelector, limit, resourceVersion } = options;
    const subject = { verb: "list", resource: resource.plural, ...(namespace === undefined ? {} : { namespace }) };
    const query = { labelSelector, fieldSelector, limit, continue: options.continue, resourceVersion };
    const accept = options.metadataOnly === true ? METADATA_LIST : "application/json";
    const path = withQuery(collectionPath(resource, namespace), query);
    const body = await read(subject, path, accept, { timeoutMs: timeouts.listMs, ...signalOf(options) });
    return pageOf(resource, subject, body);
  }

  return {
    async get(resource, namespace, name, options = {}) {
      const subject = subjectOf("get", resource, namespace, name);
      const accept = options.metadataOnly === true ? METADATA : "application/json";
      const path = objectPath(resource, namespace, name);
      const body = await orMissing(read(subject, path, accept, { timeoutMs: options.timeoutMs ?? timeouts.writeMs, ...signalOf(options) }));
      return body === undefined ? undefined : parseObject(resource, subject, body);
    },
    list,
    watch: (resource, options) => openWatch(context, resource, options),
    async podLogs(namespace, name, options: PodLogOptions = {}) {
      const { container, tailLines, previous } = options;
      const path = withQuery(objectPath(pods, namespace, name, "log"), { container, tailLines, previous });
      const subject = subjectOf("get", { plural: "pods/log" }, namespace, name);
      return read(subject, path, "*/*", { timeoutMs: timeouts.listMs, ...signalOf(options) });
    },
    async getPath(path, signal) {
      const subject = { verb: "get", resource: path };
      const options = { timeoutMs: timeouts.writeMs, ...(signal === undefined ? {} : { signal }) };
      const body = await orMissing(read(subject, path, "application/json", options));
      return body === undefined ? undefined : parseJson(subject, body);
    },
  };
}

/** What an error about an object names. */
export function subjectOf(verb: string, resource: Pick<Resource, "plural">, namespace: string | undefined, name: string): RequestSubject {
  return { verb, resource: resource.plural, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Parses an answer that must be an object of the resource. */
export function parseObject(resource: Resource, subject: RequestSubject, body: string): KubeObject {
  const object = asObjectOf(resource, parseJson(subject, body));
  if (object === undefined) throw unreadable(subject);
  return object;
}

async function orMissing(body: Promise<string>): Promise<string | undefined> {
  try {
    return await body;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function pageOf(resource: Resource, subject: RequestSubject, body: string): ListPage {
  const page = readTree(parseJson(subject, body));
  const metadata = readTree(page["metadata"]);
  const resourceVersion = readString(metadata["resourceVersion"]);
  const items: unknown = page["items"] ?? [];
  if (resourceVersion === undefined || !Array.isArray(items)) throw unreadable(subject);
  const objects = items.map((item: unknown) => asObjectOf(resource, item)).filter((item) => item !== undefined);
  if (objects.length !== items.length) throw unreadable(subject);
  const next = readString(metadata["continue"]);
  return { items: objects, resourceVersion, ...(next === undefined || next === "" ? {} : { continue: next }) };
}

function parseJson(subject: RequestSubject, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw unreadable(subject, cause);
  }
}

function unreadable(subject: RequestSubject, cause?: unknown): KubeError {
  const message =
    "the answer is not what a Kubernetes API server sends: check the server address of the kubeconfig and any proxy before it";
  return new KubeError({ ...subject, status: 502, reason: "UnreadableAnswer", message, ...(cause === undefined ? {} : { cause }) });
}

function signalOf(options: { readonly signal?: AbortSignal }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}
