import type { ApplyOptions, DeleteOptions, GetOptions, MergePatchOptions, PodLogOptions } from "../kube/operations.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError } from "../kube/errors.ts";
import type { KubeObject, Resource } from "../base/object.ts";

/** One request that reached the fake API server. */
export interface FakeRequest {
  readonly verb: "get" | "apply" | "applyStatus" | "delete" | "mergePatch" | "podLogs";
  readonly resource: string;
  readonly name: string;
  /** What was sent with an apply. */
  readonly object?: KubeObject;
  readonly options?: ApplyOptions | DeleteOptions | GetOptions | MergePatchOptions | PodLogOptions;
}

/** An API server in memory that remembers every request; a kind of request that no test expects fails. */
export interface FakeClient extends KubeClient {
  readonly requests: FakeRequest[];
  /** The writes so far, such as "apply Deployment shop-web by scalable-app". */
  writes(): readonly string[];
  /** Puts an object there, as somebody else would. */
  put(object: KubeObject): KubeObject;
  /** Makes the next matching requests fail; the test names them as writes() does, or "get Secret NAME". */
  fail(request: string, error: Error): void;
}

/** An error as the API server answers it. */
export function refusal(status: number, reason: string, message = "refused by the test"): KubeError {
  return new KubeError({ status, reason, message, verb: "apply", resource: "things" });
}

/** Makes an empty API server. */
export function createFakeClient(log = ""): FakeClient {
  const requests: FakeRequest[] = [];
  const objects = new Map<string, KubeObject>();
  const failures = new Map<string, Error>();
  let version = 100;

  function note(request: FakeRequest, kind: string): void {
    requests.push(request);
    const failure = failures.get(describe(request, kind));
    if (failure) throw failure;
  }

  function put(object: KubeObject): KubeObject {
    version += 1;
    const { kind, metadata } = object;
    const stored = { ...object, metadata: { uid: `uid-${kind}-${metadata.name}`, ...metadata, resourceVersion: `${version}` } };
    objects.set(`${kind}/${metadata.name}`, stored);
    return stored;
  }

  function store(request: FakeRequest & { readonly object: KubeObject }, resource: Resource): KubeObject {
    note(request, resource.kind);
    const before = objects.get(`${resource.kind}/${request.name}`);
    refuseStale(request.object, before);
    const spec = { ...(before?.["spec"] as object | undefined), ...(request.object["spec"] as object | undefined) };
    return put({ ...before, ...request.object, metadata: { ...before?.metadata, ...request.object.metadata }, spec });
  }

  return {
    requests,
    writes: () => requests.filter(({ verb }) => verb !== "get" && verb !== "podLogs").map((request) => describe(request, request.resource)),
    put,
    fail: (request, error) => void failures.set(request, error),
    async get(resource, _namespace, name, options) {
      note({ verb: "get", resource: resource.kind, name, ...(options && { options }) }, resource.kind);
      return objects.get(`${resource.kind}/${name}`);
    },
    apply: async (resource, object, options) =>
      store({ verb: "apply", resource: resource.kind, name: object.metadata.name, object, options }, resource),
    applyStatus: async (resource, object, options) =>
      store({ verb: "applyStatus", resource: resource.kind, name: object.metadata.name, object, options }, resource),
    async delete(resource, _namespace, name, options) {
      note({ verb: "delete", resource: resource.kind, name, options }, resource.kind);
      return objects.delete(`${resource.kind}/${name}`);
    },
    async podLogs(_namespace, name, options) {
      note({ verb: "podLogs", resource: "Pod", name, ...(options && { options }) }, "Pod");
      return log;
    },
    list: unexpected("list"),
    watch: unexpected("watch"),
    create: unexpected("create"),
    update: unexpected("update"),
    async mergePatch(resource, _namespace, name, options) {
      note({ verb: "mergePatch", resource: resource.kind, name, options }, resource.kind);
      return put({ apiVersion: resource.apiVersion, kind: resource.kind, metadata: { name } });
    },
    getPath: unexpected("getPath"),
    withWriteGate: unexpected("withWriteGate"),
    close: async () => {},
  };
}

function refuseStale({ metadata }: KubeObject, stored: KubeObject | undefined): void {
  const { resourceVersion } = metadata;
  if (resourceVersion === undefined || stored === undefined || stored.metadata.resourceVersion === resourceVersion) return;
  throw refusal(409, "Conflict", "the object has been modified; please apply your changes to the latest version and try again");
}

function describe({ verb, name, options }: FakeRequest, kind: string): string {
  const manager = options && "fieldManager" in options ? ` by ${options.fieldManager}` : "";
  return `${verb} ${kind} ${name}${manager}`;
}

function unexpected(verb: string): () => never {
  return () => {
    throw new Error(`no ${verb} is expected here`);
  };
}
