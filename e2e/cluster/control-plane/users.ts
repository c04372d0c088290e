/** Somebody who may call the API server. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly token: string;
}

/** Users of every control plane, with their groups; all but `admin`, `kwok` and the components may do only what RBAC grants them. */
export const standardUsers: Readonly<Record<string, readonly string[]>> = {
  admin: ["system:masters"],
  operator: [],
  viewer: [],
  kwok: ["system:masters"],
  "system:kube-controller-manager": [],
  "system:kube-scheduler": [],
};

/** Content of the API server's static token file: token, name, uid and groups of each user, one a line. */
export function renderTokenFile(users: readonly User[]): string {
  const lines = users.map((user) => {
    const fields = [user.token, user.name, `uid-${user.name}`, user.groups.join(",")];
    return fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(",");
  });
  return `${lines.join("\n")}\n`;
}

/** A kubeconfig, as JSON (which is YAML), that logs in as one user and trusts one authority. */
export function renderKubeconfig(server: string, caPem: string, user: User): string {
  const name = "scalable-app-control-plane";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") } }],
    users: [{ name: user.name, user: { token: user.token } }],
    contexts: [{ name, context: { cluster: name, user: user.name, namespace: "default" } }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
