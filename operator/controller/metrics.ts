import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How one reconcile ended, in controller-runtime's words. */
export type ReconcileOutcome = "success" | "error" | "requeue" | "requeue_after" | "terminal_error";

/** What the controller counts, named as controller-runtime names it so that existing dashboards fit; times in seconds. */
export interface ControllerMetrics {
  observeReconcile(outcome: ReconcileOutcome, seconds: number): void;
  observeWait(seconds: number): void;
  observeWrite(verb: "apply" | "delete" | "patch" | "status", kind: string): void;
  countRetry(): void;
  countDeadlineExceeded(): void;
  setDepth(depth: number): void;
  /** Says that so many more workers are busy; negative: fewer. */
  addActive(workers: number): void;
}

const controller = "scalableapp";
const buckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers the controller's metrics. */
export function createControllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciles by result.",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = new Counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Reconciles that failed.",
    labelNames: ["controller"],
    registers,
  });
  const terminal = new Counter({
    name: "controller_runtime_terminal_reconcile_errors_total",
    help: "Reconciles that only the user can mend.",
    labelNames: ["controller"],
    registers,
  });
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "Length of a reconcile.",
    labelNames: ["controller"],
    buckets,
    registers,
  });
  const active = new Gauge({ name: "controller_runtime_active_workers", help: "Workers busy now.", labelNames: ["controller"], registers });
  const depth = new Gauge({ name: "workqueue_depth", help: "Keys that wait.", labelNames: ["name"], registers });
  const wait = new Histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long a key waited.",
    labelNames: ["name"],
    buckets,
    registers,
  });
  const retries = new Counter({
    name: "workqueue_retries_total",
    help: "Keys that were put back after a failure.",
    labelNames: ["name"],
    registers,
  });
  const deadlines = new Counter({
    name: "scalableapp_reconcile_deadline_exceeded_total",
    help: "Reconciles that were given up at their deadline.",
    registers,
  });
  const writes = new Counter({
    name: "scalableapp_writes_total",
    help: "Writes to the API server.",
    labelNames: ["verb", "kind"],
    registers,
  });
  return {
    observeReconcile(outcome, seconds) {
      total.inc({ controller, result: outcome });
      if (outcome === "error") errors.inc({ controller });
      if (outcome === "terminal_error") terminal.inc({ controller });
      time.observe({ controller }, seconds);
    },
    observeWait: (seconds) => wait.observe({ name: controller }, seconds),
    observeWrite: (verb, kind) => writes.inc({ verb, kind }),
    countRetry: () => retries.inc({ name: controller }),
    countDeadlineExceeded: () => deadlines.inc(),
    setDepth: (value) => depth.set({ name: controller }, value),
    addActive: (workers) => active.inc({ controller }, workers),
  };
}
