import type { ApplyOptions, DeleteOptions, MergePatchOptions, Timeouts, WriteGate, WriteOptions } from "./operations.ts";
import { isNotFound } from "./errors.ts";
import type { KubeObject, Resource } from "../base/object.ts";
import type { Query } from "./path.ts";
import { collectionPath, objectPath, withQuery } from "./path.ts";
import { parseObject, subjectOf } from "./reads.ts";
import type { Call, RequestContext } from "./request.ts";
import { send } from "./request.ts";

const JSON_TYPE = "application/json";
// The API server takes JSON for an apply since JSON is YAML; any other patch type would lose field ownership or be refused by CRDs.
const APPLY_TYPE = "application/apply-patch+yaml";
const MERGE_TYPE = "application/merge-patch+json";

/** The writing half of a client. */
export interface WriteOperations {
  /** Server-side apply; the answer is the object as stored. */
  apply(resource: Resource, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** Server-side apply of the status subresource. */
  applyStatus(resource: Resource, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  create(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT; metadata.resourceVersion makes it fail with a conflict when the object changed meanwhile. */
  update(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  mergePatch(resource: Resource, namespace: string | undefined, name: string, options: MergePatchOptions): Promise<KubeObject>;
  /** Deletes exactly the object with that uid; false when it was already gone. */
  delete(resource: Resource, namespace: string | undefined, name: string, options: DeleteOptions): Promise<boolean>;
}

interface Write {
  readonly verb: string;
  readonly method: Call["method"];
  readonly path: string;
  readonly query: Query;
  readonly contentType: string;
  readonly body: unknown;
  readonly idempotent: boolean;
  readonly options: { readonly timeoutMs?: number; readonly signal?: AbortSignal };
}

interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Builds the writing half of a client; every write passes the gate at the last moment. */
export function writeOperations(context: RequestContext, timeouts: Timeouts, gate: WriteGate | undefined): WriteOperations {
  async function write(target: Target, request: Write): Promise<string> {
    const { method, path, query, contentType, body, idempotent, options } = request;
    return send(context, {
      subject: subjectOf(request.verb, target.resource, target.namespace, target.name),
      method,
      path: withQuery(path, query),
      headers: { accept: JSON_TYPE, "content-type": contentType },
      body: JSON.stringify(body),
      timeoutMs: options.timeoutMs ?? timeouts.writeMs,
      idempotent,
      ...(gate === undefined ? {} : { gate }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  }

  async function store(target: Target, request: Write): Promise<KubeObject> {
    const subject = subjectOf(request.verb, target.resource, target.namespace, target.name);
    return parseObject(target.resource, subject, await write(target, request));
  }

  function apply(resource: Resource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const target = targetOf(resource, object);
    const query = { fieldManager: options.fieldManager, force: options.force ?? true, dryRun: options.dryRun === true ? "All" : undefined };
    const path = objectPath(resource, target.namespace, target.name, options.subresource);
    return store(target, { verb: "apply", method: "PATCH", path, query, contentType: APPLY_TYPE, body: object, idempotent: true, options });
  }

  return {
    apply: async (resource, object, options) => apply(resource, object, options),
    applyStatus: async (resource, object, options) => apply(resource, object, { ...options, subresource: "status" }),
    async create(resource, object, options = {}) {
      const target = targetOf(resource, object);
      const path = collectionPath(resource, target.namespace);
      const request = { verb: "create", method: "POST", path, query: queryOf(options), contentType: JSON_TYPE, idempotent: false } as const;
      return store(target, { ...request, body: object, options });
    },
    async update(resource, object, options = {}) {
      const target = targetOf(resource, object);
      const path = objectPath(resource, target.namespace, target.name, options.subresource);
      const request = { verb: "update", method: "PUT", path, query: queryOf(options), contentType: JSON_TYPE, idempotent: false } as const;
      return store(target, { ...request, body: object, options });
    },
    async mergePatch(resource, namespace, name, options) {
      const path = objectPath(resource, namespace, name, options.subresource);
      const request = { verb: "patch", method: "PATCH", path, query: queryOf(options), contentType: MERGE_TYPE, idempotent: true } as const;
      return store({ resource, namespace, name }, { ...request, body: options.patch, options });
    },
    async delete(resource, namespace, name, options) {
      const path = objectPath(resource, namespace, name);
      const request = { verb: "delete", method: "DELETE", path, query: {}, contentType: JSON_TYPE, idempotent: true } as const;
      try {
        await write({ resource, namespace, name }, { ...request, body: deleteBody(options), options });
        return true;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    },
  };
}

function targetOf(resource: Resource, object: KubeObject): Target {
  return { resource, namespace: object.metadata.namespace, name: object.metadata.name };
}

function queryOf(options: WriteOptions): Query {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun === true ? "All" : undefined };
}

function deleteBody(options: DeleteOptions): Record<string, unknown> {
  const { uid, resourceVersion, gracePeriodSeconds } = options;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    propagationPolicy: options.propagationPolicy ?? "Background",
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  };
}
