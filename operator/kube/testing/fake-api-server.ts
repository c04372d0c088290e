import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Certificate } from "./certificate.ts";
import { selfSignedCertificate } from "./certificate.ts";

/** A request as the fake server received it. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly at: number;
}

/** Answers one request. */
export type Handler = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

/** A scripted HTTPS server that looks like an API server to a client. */
export interface FakeApiServer {
  /** Path of a kubeconfig for it. */
  readonly kubeConfig: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  /** TLS connections accepted so far. */
  connections(): number;
  handle(handler: Handler): void;
  /** Presents another certificate to new connections, and names it in the kubeconfig. */
  rotate(certificate: Certificate): void;
  /** Cuts every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** The token in the kubeconfig; it must never appear in an error. */
export const TOKEN = "canary-token-3f9a";

let shared: Certificate | undefined;

/** Starts a fake API server on a free port of the loopback. */
export async function startFakeApiServer(initial?: Handler): Promise<FakeApiServer> {
  shared ??= selfSignedCertificate();
  const certificate = shared;
  const directory = mkdtempSync(join(tmpdir(), "kube-test-"));
  const kubeConfig = join(directory, "kubeconfig");
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let handler: Handler = initial ?? ((_request, response) => sendJson(response, 404, status(404, "NotFound", "no handler")));
  let connections = 0;

  const server = createServer(certificate, (message, response) => void answer(message, response));
  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await receive(message);
    requests.push(received);
    await handler(received, response);
  }
  server.on("secureConnection", (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const { port } = address;
  writeFileSync(kubeConfig, kubeConfigText(port, certificate.cert));

  function cut(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    kubeConfig,
    port,
    requests,
    connections: () => connections,
    handle(next) {
      handler = next;
    },
    rotate(next) {
      server.setSecureContext(next);
      writeFileSync(kubeConfig, kubeConfigText(port, next.cert));
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, "close");
      rmSync(directory, { recursive: true });
    },
  };
}

async function receive(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const url = new URL(message.url ?? "/", "https://127.0.0.1");
  return {
    method: message.method ?? "",
    url,
    headers: message.headers,
    body: Buffer.concat(chunks).toString("utf8"),
    at: performance.now(),
  };
}

function kubeConfigText(port: number, ca: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "fake",
    contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    clusters: [
      { name: "fake", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": Buffer.from(ca).toString("base64") } },
    ],
    users: [{ name: "fake", user: { token: TOKEN } }],
  });
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(code, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** A Status object of a failure. */
export function status(code: number, reason: string, message: string, details?: unknown): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
}
