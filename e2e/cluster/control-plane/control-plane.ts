import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "../toolchain/build-lock.ts";
import { ensureTools } from "../toolchain/toolchain.ts";
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  fileOf,
  files,
  schedulerArguments,
  serverUrl,
} from "./arguments.ts";
import type { ExtraFlags, Layout } from "./arguments.ts";
import { auditPolicy, readAuditLog } from "./audit.ts";
import type { AuditEvent } from "./audit.ts";
import { writeCertificates } from "./certificates.ts";
import { startComponent } from "./component.ts";
import type { Component } from "./component.ts";
import { installCrds } from "./crds.ts";
import { claimFolder, endProcessesOf, removeLeftovers } from "./leftovers.ts";
import { findFreePorts } from "./ports.ts";
import { waitForOk } from "./readiness.ts";
import type { Access } from "./readiness.ts";
import { createSimulatedNodes, prepareKwok } from "./simulated-nodes.ts";
import { renderKubeconfig, renderTokenFile, standardUsers } from "./users.ts";
import type { User } from "./users.ts";

/** Programs that a control plane runs, and kubectl to speak to it. */
const controlPlaneTools = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"] as const;

type Programs = Readonly<Record<(typeof controlPlaneTools)[number], string>>;

/** What can be chosen of a control plane. */
export interface ControlPlaneOptions {
  /** Begins the name of its folder below `.work/control-plane` of the working folder; default `control-plane`. */
  readonly name?: string;
  /** Whether the API server keeps an audit log; default false. */
  readonly auditLog?: boolean;
  /** Users besides the standard ones, with their groups. */
  readonly users?: Readonly<Record<string, readonly string[]>>;
  /** Files or folders of CRDs that are served before any controller starts: the garbage collector looks for new kinds only every 30 s. */
  readonly crds?: readonly string[];
  /** Nodes that kwok plays, on which pods become Ready and Jobs complete at once; default 0: pods stay Pending. */
  readonly simulatedNodes?: number;
  /** Files with further Stages of kwok; one that has a weight goes before those above, which have none. */
  readonly stages?: readonly string[];
  /** Extra flags of the API server, by name without dashes. */
  readonly apiServerFlags?: ExtraFlags;
}

/** A running control plane: a real API server and its controllers, without nodes. */
export interface ControlPlane {
  /** Address of the API server, on the loopback interface. */
  readonly server: string;
  /** Folder with its data, keys and logs (`<component>.log`); gone after `stop`. */
  readonly folder: string;
  /** Path of the kubeconfig of the user `admin`, who may do everything. */
  readonly kubeconfig: string;
  /** Path of the audit log; the file exists only when one was asked for. */
  readonly auditLog: string;
  /** Path of kubectl. */
  readonly kubectl: string;
  /** Path of a kubeconfig of one of the users, who may do what RBAC grants to that name. */
  kubeconfigFor(user: string): Promise<string>;
  /** Every request so far, oldest first. */
  auditEvents(): Promise<readonly AuditEvent[]>;
  /** Ends the API server only: politely by default, or with SIGKILL as in a crash. */
  stopApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Starts the API server again, at the same address with the same data, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** `stopApiServer`, then `startApiServer`. */
  restartApiServer(signal?: NodeJS.Signals): Promise<void>;
  /** Ends every process and removes the folder; a second call does nothing. */
  stop(): Promise<void>;
}

interface Running {
  readonly layout: Layout;
  readonly programs: Programs;
  readonly users: readonly User[];
  readonly access: Access;
  readonly options: ControlPlaneOptions;
  readonly components: Map<string, Component>;
}

/** Starts a control plane of its own on free loopback ports and waits until it is ready; needs no root. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const parentFolder = join(process.cwd(), ".work/control-plane");
  const programs = await ensureTools(controlPlaneTools);
  const folder = join(parentFolder, `${options.name ?? "control-plane"}-${randomBytes(4).toString("hex")}`);
  await mkdir(parentFolder, { recursive: true });
  // A folder that is not claimed yet would look like a leftover: claiming and removing take turns.
  await withLock(join(parentFolder, "lock"), () => removeLeftovers(parentFolder).then(() => claimFolder(folder)), { retryMs: 50 });
  const components = new Map<string, Component>();
  try {
    const running = await prepare({ folder, options, programs, components });
    await startAll(running);
    return describe(running);
  } catch (error) {
    await stopAll(folder, components);
    throw new Error("The control plane did not start: see the cause.", { cause: error });
  }
}

interface Preparation {
  readonly folder: string;
  readonly options: ControlPlaneOptions;
  readonly programs: Programs;
  readonly components: Map<string, Component>;
}

async function prepare({ folder, options, programs, components }: Preparation): Promise<Running> {
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0] = await findFreePorts(3);
  const layout: Layout = { folder, ports: { etcdClient, etcdPeer, apiServer } };
  const users = Object.entries({ ...standardUsers, ...options.users }).map(([name, groups]): User => ({
    name,
    groups,
    token: randomBytes(16).toString("hex"),
  }));
  const [admin] = users;
  if (admin === undefined) throw new Error("A control plane needs a user: add one to standardUsers.");
  await Promise.all([
    writeCertificates(layout),
    writeFile(fileOf(layout, files.tokens), renderTokenFile(users), { mode: 0o600 }),
    writeFile(fileOf(layout, files.auditPolicy), JSON.stringify(auditPolicy)),
  ]);
  const ca = await readFile(fileOf(layout, files.ca), "utf8");
  await Promise.all(
    users.map((user) => writeFile(kubeconfigPath(layout, user.name), renderKubeconfig(serverUrl(layout), ca, user), { mode: 0o600 })),
  );
  return { layout, programs, users, options, components, access: { server: serverUrl(layout), ca, token: admin.token } };
}

function kubeconfigPath(layout: Layout, user: string): string {
  return fileOf(layout, `${user.replaceAll(/[^\w.-]/g, "_")}.kubeconfig`);
}

async function startAll(running: Running): Promise<void> {
  const { layout, programs } = running;
  launch(running, programs.etcd, etcdArguments(layout));
  await launchApiServer(running);
  await installCrds(programs.kubectl, kubeconfigPath(layout, "admin"), running.options.crds ?? []);
  // Only now: both give up when their roles, which the API server creates as it starts, are not there yet.
  launch(
    running,
    programs["kube-controller-manager"],
    controllerManagerArguments(layout, kubeconfigPath(layout, "system:kube-controller-manager")),
  );
  launch(running, programs["kube-scheduler"], schedulerArguments(kubeconfigPath(layout, "system:kube-scheduler")));
  // The controller manager creates it, and pods are refused until it is there.
  await waitForOk(running.access, "/api/v1/namespaces/default/serviceaccounts/default", [...running.components.values()]);
  await startSimulatedNodes(running);
}

async function startSimulatedNodes(running: Running): Promise<void> {
  const { simulatedNodes = 0, stages = [] } = running.options;
  if (simulatedNodes === 0) return;
  const kwok = await prepareKwok(running.layout.folder, kubeconfigPath(running.layout, "kwok"), stages);
  launch(running, kwok.program, kwok.arguments);
  await createSimulatedNodes(running.programs.kubectl, kubeconfigPath(running.layout, "admin"), simulatedNodes);
}

async function launchApiServer(running: Running): Promise<void> {
  const { auditLog = false, apiServerFlags } = running.options;
  launch(running, running.programs["kube-apiserver"], apiServerArguments(running.layout, auditLog, apiServerFlags));
  await waitForOk(running.access, "/readyz", [...running.components.values()]);
}

function launch(running: Running, program: string, programArguments: readonly string[]): void {
  const name = program.slice(program.lastIndexOf("/") + 1);
  running.components.set(name, startComponent(program, programArguments, fileOf(running.layout, `${name}.log`)));
}

function describe(running: Running): ControlPlane {
  const { layout, components } = running;
  const auditLog = fileOf(layout, files.auditLog);
  async function stopApiServer(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await components.get("kube-apiserver")?.stop(signal);
  }
  return {
    server: serverUrl(layout),
    folder: layout.folder,
    kubeconfig: kubeconfigPath(layout, "admin"),
    auditLog,
    kubectl: running.programs.kubectl,
    async kubeconfigFor(user) {
      if (running.users.some((known) => known.name === user)) return kubeconfigPath(layout, user);
      throw new Error(`The control plane has no user ${user}: name it in the option "users".`);
    },
    auditEvents: async () => (await readAuditLog(auditLog)).events,
    stopApiServer,
    startApiServer: () => launchApiServer(running),
    async restartApiServer(signal) {
      await stopApiServer(signal);
      await launchApiServer(running);
    },
    stop: () => stopAll(layout.folder, components),
  };
}

/** Kills: nothing of a control plane outlives its folder, so nothing has to be saved. Clients go first, etcd last. */
async function stopAll(folder: string, components: Map<string, Component>): Promise<void> {
  for (const component of [...components.values()].toReversed()) await component.stop();
  components.clear();
  await endProcessesOf(folder);
  await rm(folder, { recursive: true, force: true });
}
