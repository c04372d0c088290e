import { isDeepStrictEqual } from "node:util";
import type { Placement, Share } from "../resources/placement.ts";
import type { SimulatedDeployment, SimulatedPod } from "./simulated-deployment.ts";

/** Pods that share requests evenly. */
export interface Backend {
  readonly pods: readonly SimulatedPod[];
  /** Of all requests, 0 to 1. */
  readonly part: number;
}

/** The web Service and the Gateway's route, as the operator wrote them last. */
export class SimulatedEntrance {
  /** The only release that the web Service selects. */
  serviceRelease: string | undefined;
  /** Whether the web Service selects stable pods alone. */
  stableOnly = false;
  /** What the route gives to the canary's Service. */
  share: Share | undefined;
  /** Whether the canary's Service leads to the pods of the web Service. */
  detoured = false;

  /** Writes the Services; undefined where they are as they should be. */
  serviceWrite({ serviceRelease, router }: Placement): (() => void) | undefined {
    const stableOnly = router !== undefined && !router.joint;
    if (serviceRelease === this.serviceRelease && stableOnly === this.stableOnly) return undefined;
    return () => Object.assign(this, { serviceRelease, stableOnly });
  }

  /** Writes the route; undefined where it is as it should be. */
  routeWrite({ router }: Placement): (() => void) | undefined {
    const share = router?.share;
    return isDeepStrictEqual(share, this.share) ? undefined : () => (this.share = share);
  }

  /** Writes the canary's Service; undefined where it is as it should be. */
  canaryServiceWrite({ router }: Placement): (() => void) | undefined {
    const detoured = router?.detour === true;
    return router === undefined || detoured === this.detoured ? undefined : () => (this.detoured = detoured);
  }

  /** The pods behind the web Service. */
  endpoints(stable: SimulatedDeployment | undefined, candidate: SimulatedDeployment | undefined): readonly SimulatedPod[] {
    const ready = [...(stable?.ready ?? []), ...(this.stableOnly ? [] : (candidate?.ready ?? []))];
    return ready.filter(({ release }) => this.serviceRelease === undefined || release === this.serviceRelease);
  }

  /** Where requests go. */
  backends(stable: SimulatedDeployment | undefined, candidate: SimulatedDeployment | undefined): readonly Backend[] {
    const weight = this.share?.weight ?? 0;
    const web = { pods: this.endpoints(stable, candidate), part: (100 - weight) / 100 };
    return weight === 0 ? [web] : [web, { pods: this.detoured ? web.pods : (candidate?.ready ?? []), part: weight / 100 }];
  }

  /** Whether the route leads requests to the canary, by weight or by header. */
  get leadsToCanary(): boolean {
    return !this.detoured && this.share !== undefined && (this.share.weight > 0 || this.share.reachable);
  }

  /** The entrance in words. */
  describe(): string {
    const service = this.serviceRelease === undefined ? "" : `, Service selects ${this.serviceRelease}`;
    const tracks = this.stableOnly ? ", Service selects stable" : "";
    const route = this.share ? `, route ${100 - this.share.weight}/${this.share.weight}${this.share.reachable ? " and header" : ""}` : "";
    return `${service}${tracks}${route}${this.detoured ? ", canary's Service leads to stable" : ""}`;
  }
}
