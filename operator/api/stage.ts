import { DEFAULT_MAX_REPLICAS, DEFAULT_MIN_REPLICAS } from "./autoscaling.ts";
import { STAGES } from "./scalable-app.ts";
import type { SpecInput, Stage } from "./scalable-app.ts";
import { isTree, mergeOver } from "../base/tree.ts";
import type { Tree } from "../base/tree.ts";

interface Defaults {
  readonly web?: Pick<NonNullable<SpecInput["web"]>, "autoscaling">;
  readonly redis?: SpecInput["redis"];
  readonly scheduling?: SpecInput["scheduling"];
  readonly disruption?: SpecInput["disruption"];
  readonly rollout?: SpecInput["rollout"];
  /** Merged only where the user gave a database: a stage never invents one. */
  readonly postgres?: { readonly pooler: NonNullable<NonNullable<SpecInput["postgres"]>["pooler"]> };
}

const cpu = { scaleOutAbovePercent: 70, scaleInBelowPercent: 30 };
const cacheOnly = { cache: {} };
const cacheAndQueue = { cache: {}, queue: {} };

/** A node upgrade or a release of hundreds of pods ends within minutes, not hours. */
const byPercent = { disruption: { maxUnavailable: "10%" }, rollout: { rolling: { batch: "10%" } } };

/** What each stage fills in; all else is the same in every stage. A field without effect in this version has no place here. */
export const STAGE_DEFAULTS: Readonly<Record<Stage, Defaults>> = {
  mvp: {},
  growth: {
    web: { autoscaling: { minReplicas: 2, maxReplicas: 4, cpu } },
    redis: cacheOnly,
    scheduling: { spread: ["hosts"] },
    postgres: { pooler: { mode: "sidecar" } },
  },
  steady: {
    web: { autoscaling: { minReplicas: 4, maxReplicas: 20, cpu } },
    redis: cacheAndQueue,
    scheduling: { spread: ["hosts"] },
    postgres: { pooler: { mode: "sidecar" } },
  },
  scale: {
    web: { autoscaling: { minReplicas: 8, maxReplicas: 100, cpu } },
    redis: cacheAndQueue,
    scheduling: { spread: ["hosts", "zones"] },
    ...byPercent,
    postgres: { pooler: { mode: "auto" } },
  },
  hyperscale: {
    web: { autoscaling: { minReplicas: 20, maxReplicas: 500, cpu } },
    redis: cacheAndQueue,
    scheduling: { spread: ["hosts", "zones"] },
    ...byPercent,
    postgres: { pooler: { mode: "auto" } },
  },
};

/** The floor and the ceiling of web that a stage (mvp where none is named) leaves where the user names none. */
export function stageBounds(given: unknown): { readonly stage: Stage; readonly min: number; readonly max: number } {
  const stage = STAGES.find((name) => name === given) ?? "mvp";
  const bounds = STAGE_DEFAULTS[stage].web?.autoscaling;
  return { stage, min: bounds?.minReplicas ?? DEFAULT_MIN_REPLICAS, max: bounds?.maxReplicas ?? DEFAULT_MAX_REPLICAS };
}

/** The user's spec with the defaults of its stage filled in; a spec of an unknown stage is returned as it is. */
export function withStageDefaults(spec: Tree): Tree {
  const stage = STAGES.find((name) => name === (spec["stage"] ?? "mvp"));
  return stage === undefined ? spec : mergeOver(applicable(STAGE_DEFAULTS[stage], spec), spec);
}

function applicable(defaults: Defaults, spec: Tree): Tree {
  const { postgres, web, ...always } = defaults;
  const hasFixedReplicas = isTree(spec["web"]) && spec["web"]["replicas"] !== undefined;
  return {
    ...always,
    ...(web === undefined || hasFixedReplicas ? {} : { web }),
    ...(postgres === undefined || spec["postgres"] === undefined ? {} : { postgres }),
  };
}
