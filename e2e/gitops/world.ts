import { join } from "node:path";
import { argoCdCrds, startComponent, startControlPlane, type ControlPlane } from "../cluster/index.ts";
import { Kubectl } from "../scenario/kubectl.ts";
import { argoCdUser, startArgoCd, type ArgoCd } from "./argo-cd.ts";
import { createGitRepository, type GitRepository } from "./git-repository.ts";

/** A cluster with simulated nodes, our operator, Argo CD and a Git repository: all of it real but the pods. */
export interface World {
  readonly plane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly argoCd: ArgoCd;
  readonly git: GitRepository;
  /** Ends the operator and starts it again. */
  restartOperator(): Promise<void>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "../..");

/** Starts it; all of it ends with `stop`, or with this process. */
export async function startWorld(): Promise<World> {
  const plane = await startControlPlane({
    name: "gitops",
    auditLog: true,
    users: { [argoCdUser]: ["system:masters"] },
    crds: [join(root, "crds"), ...(await argoCdCrds())],
    simulatedNodes: 6,
    stages: [join(import.meta.dirname, "pods-crash.yaml")],
  });
  try {
    const kubectl = new Kubectl(plane.kubectl, plane.kubeconfig);
    const options = ["--no-leader-elect", "--metrics-port=0", "--health-port=0", "--log-level=info"];
    const program = [join(root, "operator/main.ts"), `--kubeconfig=${plane.kubeconfig}`, ...options];
    const startOperator = () => startComponent(process.execPath, program, join(plane.folder, "operator.log"));
    let operator = startOperator();
    const argoCd = await startArgoCd(plane, kubectl);
    const git = await createGitRepository(plane.folder);
    return {
      plane,
      kubectl,
      argoCd,
      git,
      async restartOperator() {
        await operator.stop("SIGTERM");
        operator = startOperator();
      },
      async stop() {
        try {
          await argoCd.stop();
          const end = operator.ended();
          await operator.stop("SIGTERM");
          if (end !== undefined) throw new Error(`the operator ${end}`);
        } finally {
          await plane.stop();
        }
      },
    };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
