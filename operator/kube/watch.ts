import type { WatchEvent, WatchOptions } from "./operations.ts";
import { startDeadline } from "./deadline.ts";
import { errorWithoutResponse } from "./status-error.ts";
import type { Resource } from "../base/object.ts";
import { collectionPath, withQuery } from "./path.ts";
import type { Call, RequestContext } from "./request.ts";
import { open } from "./request.ts";
import { decodeEvents } from "./watch-decoder.ts";

const IDLE_MS = 150_000;
const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/** Opens a watch and yields its events until the server ends it; a dead connection ends in a Timeout error. */
export async function* openWatch(context: RequestContext, resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const call = watchCall(resource, options);
  const idle = startDeadline(call.timeoutMs, options.signal);
  try {
    const response = await open(context, call, idle);
    try {
      yield* decodeEvents(
        resource,
        restarting(response.body, () => idle.restart()),
      );
    } finally {
      response.body.destroy();
    }
  } catch (error) {
    throw translated(call, idle.timedOut(), error);
  } finally {
    idle.clear();
  }
}

function watchCall(resource: Resource, options: WatchOptions): Call {
  const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = options;
  return {
    subject: { verb: "watch", resource: resource.plural, ...(namespace === undefined ? {} : { namespace }) },
    method: "GET",
    path: withQuery(collectionPath(resource, namespace), {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
    }),
    headers: { accept: options.metadataOnly === true ? METADATA : "application/json" },
    timeoutMs: options.idleMs ?? IDLE_MS,
    idempotent: true,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function* restarting(chunks: AsyncIterable<unknown>, onBytes: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onBytes();
    if (chunk instanceof Uint8Array) yield chunk;
  }
}

// Errors of the stream itself are no KubeErrors yet; decoding errors and those of open() already are what they should be.
function translated(call: Call, timedOut: boolean, error: unknown): unknown {
  if (error instanceof Error && (error.name === "KubeError" || error.name === "MalformedEventError")) return error;
  const reason = timedOut ? "Timeout" : call.signal?.aborted === true ? "Aborted" : "ConnectionFailed";
  return errorWithoutResponse(call.subject, reason, error);
}
