/** One program that the toolchain can provide. */
export type ToolName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "kubeadm"
  | "kubelet"
  | "kube-proxy"
  | "containerd"
  | "containerd-shim-runc-v2"
  | "ctr"
  | "runc"
  | "kind"
  | "coredns"
  | "metrics-server"
  | "local-path-provisioner"
  | "helm"
  | "kwok"
  | "traefik"
  | "argo-rollouts"
  | "argocd"
  | "argocd-redis";

/** A program and where its main package lies in the recipe's Go module. */
export interface RecipeTool {
  readonly name: ToolName;
  readonly package: string;
  /** What `go build` calls the binary, where that differs from `name`. */
  readonly builtAs?: string;
}

/** One unit of building and caching: some programs of one Go module, built by one `go build`. */
export interface Recipe {
  readonly name: string;
  /** Folder beside this file that holds the go.mod and go.sum, and in subfolders the modules that its go.mod replaces by local ones. */
  readonly module: string;
  readonly tools: readonly RecipeTool[];
  readonly ldflags: readonly string[];
  readonly tags: readonly string[];
  readonly cgo: boolean;
  /** Folders of Go modules that are kept beside the binaries, as `assets/<to>`. */
  readonly assets: readonly { readonly module: string; readonly from: string; readonly to: string }[];
  /** C libraries that pkg-config must know, and the Debian packages that bring them with a compiler. */
  readonly libraries: readonly string[];
  readonly debianPackages: readonly string[];
}

/** Version of Kubernetes that the toolchain builds; the go.mod of `kubernetes/` says the same. */
export const kubernetesVersion = "v1.36.3";

const strip = ["-s", "-w"];
const plain = { tags: [], cgo: false, assets: [], libraries: [], debianPackages: [] } as const;

function stampKubernetes(): string[] {
  const [major, minor] = kubernetesVersion.slice(1).split(".");
  const stamp = { gitVersion: kubernetesVersion, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  return Object.entries(stamp).flatMap(([name, value]) => ["-X", `k8s.io/component-base/version.${name}=${value}`]);
}

function kubernetesTool(name: ToolName): RecipeTool {
  return { name, package: `k8s.io/kubernetes/cmd/${name}` };
}

function containerdTool(name: ToolName): RecipeTool {
  return { name, package: `github.com/containerd/containerd/v2/cmd/${name}` };
}

/** Every recipe, in the order in which they are built: what integration tests need comes first. */
export const recipes: readonly Recipe[] = [
  {
    ...plain,
    name: "control-plane",
    module: "kubernetes",
    tools: [
      { name: "etcd", package: "go.etcd.io/etcd/server/v3", builtAs: "server" },
      kubernetesTool("kube-apiserver"),
      kubernetesTool("kube-controller-manager"),
      kubernetesTool("kube-scheduler"),
      kubernetesTool("kubectl"),
    ],
    ldflags: [...strip, ...stampKubernetes()],
  },
  {
    ...plain,
    name: "node",
    module: "kubernetes",
    tools: [kubernetesTool("kubelet"), kubernetesTool("kube-proxy"), kubernetesTool("kubeadm")],
    ldflags: [...strip, ...stampKubernetes()],
  },
  {
    ...plain,
    name: "containerd",
    module: "containerd",
    tools: [containerdTool("containerd"), containerdTool("containerd-shim-runc-v2"), containerdTool("ctr")],
    ldflags: strip,
    tags: ["no_zfs", "no_btrfs", "no_aufs", "no_devmapper"],
  },
  {
    ...plain,
    name: "runc",
    module: "runc",
    tools: [{ name: "runc", package: "github.com/opencontainers/runc" }],
    ldflags: strip,
    tags: ["seccomp"],
    cgo: true,
    libraries: ["libseccomp"],
    debianPackages: ["gcc", "libc6-dev", "pkg-config", "libseccomp-dev"],
  },
  {
    ...plain,
    name: "kind",
    module: "kind",
    tools: [{ name: "kind", package: "sigs.k8s.io/kind" }],
    ldflags: strip,
    assets: [{ module: "sigs.k8s.io/kind", from: "images/base", to: "kind/images/base" }],
  },
  {
    ...plain,
    name: "coredns",
    module: "coredns",
    tools: [{ name: "coredns", package: "github.com/coredns/coredns" }],
    ldflags: strip,
  },
  {
    ...plain,
    name: "metrics-server",
    module: "addons",
    tools: [{ name: "metrics-server", package: "sigs.k8s.io/metrics-server/cmd/metrics-server" }],
    ldflags: strip,
  },
  {
    ...plain,
    name: "local-path-provisioner",
    module: "addons",
    tools: [{ name: "local-path-provisioner", package: "github.com/rancher/local-path-provisioner" }],
    ldflags: strip,
  },
  {
    ...plain,
    name: "helm",
    module: "addons",
    tools: [{ name: "helm", package: "helm.sh/helm/v4/cmd/helm" }],
    ldflags: strip,
  },
  {
    ...plain,
    name: "kwok",
    module: "addons",
    tools: [{ name: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" }],
    ldflags: strip,
    assets: [{ module: "sigs.k8s.io/kwok", from: "kustomize/stage", to: "kwok/stage" }],
  },
  {
    ...plain,
    name: "gateway-api",
    module: "gateway-api",
    tools: [],
    ldflags: [],
    assets: [{ module: "sigs.k8s.io/gateway-api", from: "config/crd/standard", to: "gateway-api/crds" }],
  },
  {
    ...plain,
    name: "traefik",
    module: "traefik",
    tools: [{ name: "traefik", package: "github.com/traefik/traefik/v3/cmd/traefik" }],
    ldflags: strip,
  },
  {
    // Only the benchmark asks for it.
    ...plain,
    name: "argo-rollouts",
    module: "argo-rollouts",
    tools: [
      { name: "argo-rollouts", package: "github.com/argoproj/argo-rollouts/cmd/rollouts-controller", builtAs: "rollouts-controller" },
    ],
    ldflags: strip,
    assets: [{ module: "github.com/argoproj/argo-rollouts", from: "manifests/crds", to: "argo-rollouts/crds" }],
  },
  {
    // Only the GitOps stories ask for it. One binary, which is the component that its name says.
    ...plain,
    name: "argo-cd",
    module: "argo-cd",
    tools: [
      { name: "argocd", package: "github.com/argoproj/argo-cd/v3/cmd", builtAs: "cmd" },
      { name: "argocd-redis", package: "scalableapp.dev/e2e/toolchain/argo-cd/redis", builtAs: "redis" },
    ],
    ldflags: strip,
    assets: [{ module: "github.com/argoproj/argo-cd/v3", from: "manifests/crds", to: "argo-cd/crds" }],
  },
];

/** Every program of every recipe. */
export const toolNames: readonly ToolName[] = recipes.flatMap((recipe) => recipe.tools.map((tool) => tool.name));

/** The programs that only a few tests or a benchmark need and that are built when the first of them runs. */
const lazyToolNames: readonly ToolName[] = ["traefik", "argo-rollouts", "argocd", "argocd-redis"];

/** The programs that a test cluster cannot do without. */
export const clusterToolNames: readonly ToolName[] = toolNames.filter((name) => !lazyToolNames.includes(name));

/** The recipes that provide the named programs, each once, in building order. */
export function recipesFor(names: readonly ToolName[]): Recipe[] {
  return recipes.filter((recipe) => recipe.tools.some((tool) => names.includes(tool.name)));
}

/** A recipe by its own name. */
export function recipeNamed(name: string): Recipe {
  const recipe = recipes.find((each) => each.name === name);
  if (recipe === undefined) throw new Error(`There is no recipe ${name}: add it to recipes.ts.`);
  return recipe;
}

/** The recipe that provides one program. */
export function recipeOf(name: ToolName): Recipe {
  const [recipe] = recipesFor([name]);
  if (recipe === undefined) throw new Error(`No recipe provides ${name}: add it to recipes.ts.`);
  return recipe;
}

/** Arguments of `go` that build a recipe's programs into a folder; -v lists packages, which is what progress is read from. */
export function goBuildArguments(recipe: Recipe, outputFolder: string): string[] {
  return [
    "build",
    "-v",
    "-trimpath",
    "-buildvcs=false",
    "-ldflags",
    recipe.ldflags.join(" "),
    ...(recipe.tags.length > 0 ? ["-tags", recipe.tags.join(",")] : []),
    "-o",
    `${outputFolder}/`,
    ...recipe.tools.map((tool) => tool.package),
  ];
}

/** Environment of `go` for a recipe: the inherited one, with whatever would change the result pinned. */
export function goEnvironment(recipe: Recipe, inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...inherited,
    // A module may want a newer Go than the machine has: it then comes through the module proxy.
    GOTOOLCHAIN: "auto",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    CGO_ENABLED: recipe.cgo ? "1" : "0",
  };
}
