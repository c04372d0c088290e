import { applyApp, appReady, exampleApp, givenNodePort, type AppManifest } from "./given.ts";
import type { Kubectl, Thing } from "./kubectl.ts";
import { describeRun, releaseUnderLoad, type Run } from "./release-run.ts";
import type { ReleaseWatch } from "./release-watch.ts";

/** An app whose releases are tried. */
export interface ShopOptions {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly name: string;
  /** Parts of spec.rollout, and of spec, that all its releases share. */
  readonly rollout: object;
  readonly spec?: object;
}

/** What makes a release another one. */
export interface ReleaseChange {
  /** More environment, by name. */
  readonly env?: Readonly<Record<string, string>>;
  /** Other parts of spec.rollout, and of spec. */
  readonly rollout?: object;
  readonly spec?: object;
}

/** The canary example with two web pods, a worker and a schedule, whose releases follow one another. */
export class Shop {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly name: string;
  /** Where this machine reaches it. */
  readonly url: string;
  readonly #rollout: object;
  readonly #manifest: AppManifest;
  #asked: Readonly<Record<string, unknown>> = {};
  #releases = 0;

  constructor({ kubectl, namespace, name, rollout }: ShopOptions, manifest: AppManifest, url: string) {
    this.kubectl = kubectl;
    this.namespace = namespace;
    this.name = name;
    this.url = url;
    this.#rollout = rollout;
    this.#manifest = manifest;
  }

  /** What it asks for where a release asks for nothing else. */
  get spec(): AppManifest["spec"] {
    return this.#manifest.spec;
  }

  /** Asks for a new release. */
  async release({ env = {}, rollout = {}, spec = {} }: ReleaseChange = {}): Promise<void> {
    const variables = { ...env, RELEASE_NUMBER: String(++this.#releases) };
    const list = Object.entries(variables).map(([name, value]) => ({ name, value }));
    this.#asked = { env: list, rollout: { ...this.#rollout, ...rollout }, ...spec };
    await this.syncAgain();
  }

  /** Applies once more what was asked for last, as a GitOps sync does, with labels and annotations where given; returns what kubectl says. */
  async syncAgain(metadata: { readonly labels?: object; readonly annotations?: object } = {}): Promise<string> {
    const manifest = { ...this.#manifest, metadata: { ...this.#manifest.metadata, ...metadata } };
    return applyApp(this.kubectl, this.namespace, manifest, this.#asked);
  }

  /** Makes a request of the app's release, such as promote. */
  async ask(action: string): Promise<void> {
    const request = `scalableapp.dev/${action}=${Date.now()}`;
    await this.kubectl.run("-n", this.namespace, "annotate", "scalableapp", this.name, request, "--overwrite");
  }

  /** The app as it is now. */
  async now(): Promise<Thing> {
    return (await this.kubectl.get(this.namespace, "scalableapp", this.name))!;
  }

  /** The app, once its newest generation is Ready. */
  async ready(seconds = 180): Promise<Thing> {
    return appReady(this.kubectl, this.namespace, this.name, seconds);
  }

  /** The id of the stable release. */
  async stable(): Promise<string> {
    return (await this.now()).status.release.stable as string;
  }

  /** Makes a change under load, by default through the node port, until its release has ended; prints the figures under a title. */
  async underLoad(title: string, change: (watch: ReleaseWatch) => Promise<unknown>, url = this.url): Promise<Run> {
    const { kubectl, namespace, name } = this;
    const run = await releaseUnderLoad({ kubectl, namespace, name, url }, change);
    console.log(`${title}: ${describeRun(run)}`);
    return run;
  }
}

/** A shop whose first release is Ready, in a namespace that has a database; it is reached through a node port. */
export async function givenShop(options: ShopOptions): Promise<Shop> {
  const { kubectl, namespace, name, spec } = options;
  const example = await exampleApp("05-canary");
  const { autoscaling: _autoscaling, ...web } = example.spec["web"] as Record<string, unknown>;
  const parts = {
    web: { ...web, replicas: 2, shutdown: { drainSeconds: 5 } },
    schedules: [{ name: "report", cron: "0 3 * * *", command: ["node", "src/report.ts"] }],
    // Several shops share one database.
    postgres: { urlFrom: { secretKeyRef: { name: "shop-db", key: "url" } }, maxConnections: 30 },
    ...spec,
  };
  const manifest = { ...example, metadata: { name }, spec: { ...example.spec, ...parts } };
  const shop = new Shop(options, manifest, await givenNodePort(kubectl, namespace, name));
  await shop.release();
  await shop.ready(300);
  return shop;
}
