/** Places and ports that a control plane's processes are started with. */
export interface Layout {
  /** Folder of this control plane alone; every process has it in its command line, which is how leftovers are found. */
  readonly folder: string;
  readonly ports: { readonly etcdClient: number; readonly etcdPeer: number; readonly apiServer: number };
}

/** Extra flags of the API server, by name without dashes: they come last and so win. */
export type ExtraFlags = Readonly<Record<string, string>>;

/** Names of files below `Layout.folder`. */
export const files = {
  etcdData: "etcd",
  ca: "ca.crt",
  caKey: "ca.key",
  frontProxyCa: "front-proxy-ca.crt",
  frontProxyCaKey: "front-proxy-ca.key",
  frontProxyClient: "front-proxy-client.crt",
  frontProxyClientKey: "front-proxy-client.key",
  serving: "apiserver.crt",
  servingKey: "apiserver.key",
  serviceAccountKey: "service-account.key",
  serviceAccountPublicKey: "service-account.pub",
  tokens: "tokens.csv",
  auditPolicy: "audit-policy.json",
  auditLog: "audit.log",
  owner: "owner.json",
} as const;

/** Addresses of Services: out of 198.18.0.0/15, which is reserved for benchmarks, so that no real host is ever meant. */
const serviceRange = "198.18.0.0/20";
/** Address of the Service `kubernetes`: the first of the range. */
export const kubernetesServiceAddress = "198.18.0.1";

function flags(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}

/** Path of one of a control plane's files. */
export function fileOf(layout: Layout, name: string): string {
  return `${layout.folder}/${name}`;
}

/** Address of the API server. */
export function serverUrl(layout: Layout): string {
  return `https://127.0.0.1:${layout.ports.apiServer}`;
}

/** Arguments of etcd: loopback only; its data is thrown away, so nothing waits for the disk. */
export function etcdArguments(layout: Layout): string[] {
  const client = `http://127.0.0.1:${layout.ports.etcdClient}`;
  const peer = `http://127.0.0.1:${layout.ports.etcdPeer}`;
  return flags({
    name: "default",
    "data-dir": fileOf(layout, files.etcdData),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `default=${peer}`,
    "unsafe-no-fsync": "true",
    "log-level": "warn",
  });
}

/** Arguments of kube-apiserver: a real one in all that an operator sees, with limits that a busy test does not meet. */
export function apiServerArguments(layout: Layout, auditLog: boolean, extra: ExtraFlags = {}): string[] {
  const at = (name: string): string => fileOf(layout, name);
  return flags({
    "etcd-servers": `http://127.0.0.1:${layout.ports.etcdClient}`,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "secure-port": String(layout.ports.apiServer),
    // A loopback address is refused as an endpoint of the Service `kubernetes`, which no pod here asks for anyway.
    "endpoint-reconciler-type": "none",
    "service-cluster-ip-range": serviceRange,
    "tls-cert-file": at(files.serving),
    "tls-private-key-file": at(files.servingKey),
    "client-ca-file": at(files.ca),
    "token-auth-file": at(files.tokens),
    "authorization-mode": "Node,RBAC",
    "allow-privileged": "true",
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": at(files.serviceAccountPublicKey),
    "service-account-signing-key-file": at(files.serviceAccountKey),
    "enable-aggregator-routing": "true",
    "requestheader-client-ca-file": at(files.frontProxyCa),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "proxy-client-cert-file": at(files.frontProxyClient),
    "proxy-client-key-file": at(files.frontProxyClientKey),
    // Without it a polite stop waits a minute for watches to end by themselves.
    "shutdown-watch-termination-grace-period": "1s",
    "max-requests-inflight": "3000",
    "max-mutating-requests-inflight": "1500",
    ...(auditLog ? auditFlags(layout) : {}),
    ...extra,
  });
}

function auditFlags(layout: Layout): Record<string, string> {
  return {
    "audit-policy-file": fileOf(layout, files.auditPolicy),
    "audit-log-path": fileOf(layout, files.auditLog),
    // A request is answered only when its line is written, so a test that has the answer can count it.
    "audit-log-mode": "blocking",
    // In megabytes; high, because a rotated log would lose a test's own lines.
    "audit-log-maxsize": "10000",
  };
}

/** Arguments of kube-controller-manager: every controller that needs no cloud and no nodes. */
export function controllerManagerArguments(layout: Layout, kubeconfig: string): string[] {
  return flags({
    kubeconfig,
    "leader-elect": "false",
    "secure-port": "0",
    "use-service-account-credentials": "true",
    "service-account-private-key-file": fileOf(layout, files.serviceAccountKey),
    "root-ca-file": fileOf(layout, files.ca),
    "cluster-signing-cert-file": fileOf(layout, files.ca),
    "cluster-signing-key-file": fileOf(layout, files.caKey),
    "kube-api-qps": "1000",
    "kube-api-burst": "2000",
  });
}

/** Arguments of kube-scheduler. */
export function schedulerArguments(kubeconfig: string): string[] {
  return flags({ kubeconfig, "leader-elect": "false", "secure-port": "0", "kube-api-qps": "1000", "kube-api-burst": "2000" });
}
