import { hashText } from "../base/canonical.ts";
import { accessSync, constants, existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { contextNames, nonEmpty, parseKubeConfigs } from "./kube-config.ts";

/** Which access to take; nothing given: KUBECONFIG, then the pod's service account, then ~/.kube/config. */
export interface AccessChoice {
  /** Path of a kubeconfig file. */
  readonly kubeConfig?: string | undefined;
  /** A context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined;
}

/** TLS material of one API server. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Where the API server is and how to prove who we are, at this moment. */
export interface Access {
  readonly server: string;
  readonly tls: TlsSettings;
  readonly proxyUrl?: string;
  /** The Authorization header, if any. */
  readonly authorization?: string;
  /** The namespace of the context or of the pod, if it has one. */
  readonly namespace?: string;
  /** Changes when connections must be rebuilt (server, CA, client certificate); a new token changes only the header. */
  readonly fingerprint: string;
}

/** Yields the current access; reads files again only when they changed. */
export interface Credentials {
  current(): Promise<Access>;
  /** After a 401: the next call reads everything again. */
  invalidate(): void;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const RECHECK_MS = 10_000;

/** Finds credentials: the given kubeconfig, KUBECONFIG (files in it may be missing), the pod's service account, or ~/.kube/config. */
export function findCredentials(
  { kubeConfig, context }: AccessChoice,
  env: NodeJS.ProcessEnv = process.env,
  serviceAccount: string = SERVICE_ACCOUNT,
): Credentials {
  const named = kubeConfig === undefined ? namedBy(env) : [kubeConfig];
  if (named.length > 0) {
    const present = named.length === 1 ? named : named.filter((path) => existsSync(path));
    for (const path of present.length === 0 ? named : present) assertReadable(path);
    return cached(kubeConfigSource(present, context));
  }
  const host = nonEmpty(env["KUBERNETES_SERVICE_HOST"]);
  if (context === undefined && host !== undefined && existsSync(join(serviceAccount, "token"))) {
    return cached(serviceAccountSource(host, env["KUBERNETES_SERVICE_PORT"] ?? "443", serviceAccount));
  }
  const home = join(homedir(), ".kube", "config");
  if (existsSync(home)) return cached(kubeConfigSource([home], context));
  throw new Error(
    "no way to reach a Kubernetes API server: set KUBECONFIG, pass a kubeconfig file, or run in a pod with a service account token",
  );
}

function namedBy(env: NodeJS.ProcessEnv): readonly string[] {
  return (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
}

interface Source {
  /** The access now; `unchanged` says that the last one may be kept. `fresh` forgets everything remembered. */
  load(fresh: boolean): Promise<Access | "unchanged">;
}

function assertReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new Error(`cannot read the kubeconfig file ${path}: give the path of one readable file`, { cause });
  }
}

function cached(source: Source): Credentials {
  let known: Access | undefined;
  let loading: Promise<Access> | undefined;
  let checkedAt = -Infinity;
  let fresh = true;

  async function refresh(): Promise<Access> {
    const forget = fresh;
    fresh = false;
    try {
      const loaded = await source.load(forget);
      if (loaded !== "unchanged") known = loaded;
    } catch (error) {
      // A file half written or an exec plugin down: the last good access goes on working until the server refuses it.
      if (known === undefined) throw error;
    }
    if (known === undefined) throw new Error("the credentials could not be read");
    checkedAt = performance.now();
    return known;
  }

  return {
    async current() {
      if (known !== undefined && performance.now() - checkedAt < RECHECK_MS) return known;
      loading ??= refresh().finally(() => (loading = undefined));
      return loading;
    },
    invalidate() {
      checkedAt = -Infinity;
      fresh = true;
    },
  };
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file)));
  // The inode matters: the kubelet swaps projected volumes by a symbolic link.
  return stats.map((file) => `${file.ino}:${file.mtimeMs}:${file.size}`).join(",");
}

// Token and CA as the kubelet projects them.
function serviceAccountSource(host: string, port: string, directory: string): Source {
  const tokenFile = join(directory, "token");
  const caFile = join(directory, "ca.crt");
  const namespaceFile = join(directory, "namespace");
  const address = host.includes(":") ? `[${host}]` : host;
  let stamp = "";
  return {
    async load(fresh) {
      const now = await stampOf([tokenFile, caFile]);
      if (now === stamp && !fresh) return "unchanged";
      stamp = now;
      const [token, ca] = await Promise.all([readFile(tokenFile, "utf8"), readFile(caFile, "utf8")]);
      const namespace = existsSync(namespaceFile) ? nonEmpty(await readFile(namespaceFile, "utf8")) : undefined;
      return sealed({
        server: `https://${address}:${port}`,
        tls: { ca },
        authorization: `Bearer ${token.trim()}`,
        ...(namespace === undefined ? {} : { namespace: namespace.trim() }),
      });
    },
  };
}

interface HttpsOptions {
  ca?: unknown;
  cert?: unknown;
  key?: unknown;
  servername?: unknown;
  rejectUnauthorized?: unknown;
  auth?: unknown;
  headers?: unknown;
}

function kubeConfigSource(paths: readonly string[], context: string | undefined): Source {
  let stamp = "";
  let config: KubeConfig | undefined;
  return {
    async load(fresh) {
      const now = await stampOf(paths);
      if (config === undefined || now !== stamp || fresh) config = await parseKubeConfigs(paths, context);
      stamp = now;
      return accessOf(config, paths);
    },
  };
}

async function accessOf(config: KubeConfig, paths: readonly string[]): Promise<Access> {
  const files = paths.join(", ");
  const name = nonEmpty(config.getCurrentContext());
  if (name === undefined) throw new Error(`the kubeconfig file ${files} names no current context: choose one of ${contextNames(config)}`);
  const context = config.getContextObject(name);
  if (context === null) throw new Error(`the kubeconfig file ${files} has no context "${name}": it has ${contextNames(config)}`);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`the context "${name}" of ${files} names a cluster that is not there: correct its cluster`);
  const options: HttpsOptions = {};
  // Reads certificate files and runs exec plugins whose token has expired; the agent it makes as well is never used.
  await config.applyToHTTPSOptions(options);
  return sealed({
    server: cluster.server,
    tls: tlsOf(options),
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
    ...authorizationOf(options),
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
  });
}

function tlsOf(options: HttpsOptions): TlsSettings {
  const { servername, rejectUnauthorized } = options;
  return {
    ...pem("ca", options.ca),
    ...pem("cert", options.cert),
    ...pem("key", options.key),
    ...(typeof servername === "string" ? { servername } : {}),
    ...(typeof rejectUnauthorized === "boolean" ? { rejectUnauthorized } : {}),
  };
}

function pem(name: "ca" | "cert" | "key", value: unknown): TlsSettings {
  if (typeof value === "string") return { [name]: value };
  return Buffer.isBuffer(value) ? { [name]: value.toString("utf8") } : {};
}

function authorizationOf(options: HttpsOptions): { authorization?: string } {
  if (typeof options.auth === "string") return { authorization: `Basic ${Buffer.from(options.auth).toString("base64")}` };
  const headers: unknown = options.headers;
  if (typeof headers !== "object" || headers === null || !("Authorization" in headers)) return {};
  return typeof headers.Authorization === "string" ? { authorization: headers.Authorization } : {};
}

function sealed(access: Omit<Access, "fingerprint">): Access {
  return { ...access, fingerprint: hashText(JSON.stringify([access.server, access.tls, access.proxyUrl ?? ""]), 64) };
}
