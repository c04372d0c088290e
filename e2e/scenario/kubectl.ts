import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";

/** The part of a Kubernetes object that scenarios look at. */
export interface Thing {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
  };
  // Tests read many kinds; what they read is checked by what they expect.
  readonly spec: any;
  readonly status: any;
}

/** kubectl against one cluster, as a user would type it. */
export class Kubectl {
  readonly #program: string;
  readonly #kubeconfig: string;

  constructor(program: string, kubeconfig: string) {
    this.#program = program;
    this.#kubeconfig = kubeconfig;
  }

  /** Runs kubectl and returns what it prints. */
  async run(...args: string[]): Promise<string> {
    return (await execa(this.#program, ["--kubeconfig", this.#kubeconfig, ...args], { stripFinalNewline: false })).stdout;
  }

  /** Runs kubectl and returns what it prints, also when it fails. */
  async try(...args: string[]): Promise<{ readonly ok: boolean; readonly text: string }> {
    const options = { stripFinalNewline: false, reject: false } as const;
    const { failed, stdout, stderr } = await execa(this.#program, ["--kubeconfig", this.#kubeconfig, ...args], options);
    return { ok: !failed, text: failed ? stdout + stderr : stdout };
  }

  /** Applies a manifest, given as YAML or JSON text. */
  async apply(manifest: string, ...args: string[]): Promise<string> {
    const options = { input: manifest, all: true, stripFinalNewline: false } as const;
    return (await execa(this.#program, ["--kubeconfig", this.#kubeconfig, "apply", "-f", "-", ...args], options)).all;
  }

  /** One object, or undefined when it does not exist. */
  async get(namespace: string, kind: string, name: string): Promise<Thing | undefined> {
    const text = await this.run("-n", namespace, "get", kind, name, "-o", "json", "--ignore-not-found");
    return text === "" ? undefined : (JSON.parse(text) as Thing);
  }

  /** All objects of a kind, narrowed by a label selector. */
  async list(namespace: string, kind: string, selector = ""): Promise<readonly Thing[]> {
    const text = await this.run("-n", namespace, "get", kind, "-o", "json", ...(selector === "" ? [] : ["-l", selector]));
    return (JSON.parse(text) as { items: Thing[] }).items;
  }

  /** Calls with each line that a watch of one object prints, its present state first; the answer ends the watch. */
  follow(args: readonly string[], onLine: (line: string) => void): () => void {
    const options = { stdin: "ignore", stderr: "ignore", buffer: false, reject: false } as const;
    const child = execa(this.#program, ["--kubeconfig", this.#kubeconfig, "get", "--watch", ...args], options);
    createInterface({ input: child.stdout }).on("line", onLine);
    return () => child.kill();
  }

  /** Begins to delete a namespace: pods that drain need their time, and nothing waits for them. */
  async deleteNamespace(namespace: string): Promise<void> {
    await this.run("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
  }
}

/** Looks again and again until `look` no longer throws; its last complaint is the error. */
export async function eventually<T>(what: string, look: () => Promise<T>, seconds = 120): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`${what}: not so after ${seconds} s: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
      await delay(250);
    }
  }
}

/** Throws the message unless the value holds; for use within eventually(). */
export function must(value: unknown, message: string): asserts value {
  if (!value) throw new Error(message);
}
