/** What a kubelet asks a container. */
export interface ProbeQuestion {
  readonly probe: "startupProbe" | "readinessProbe" | "livenessProbe";
  readonly port: number;
  /** Of a GET by plain HTTP; undefined where all that can be asked is whether the port takes connections. */
  readonly path: string | undefined;
  /** Host header; undefined where the pod's address will do. */
  readonly host: string | undefined;
  readonly timeoutSeconds: number;
}

/** What a pod answered to its own probe, where that is no good answer. */
export interface ProbeAnswer extends ProbeQuestion {
  /** The status of the answer; "refused": nothing listens; else a clause. */
  readonly outcome: number | "refused" | { readonly failure: string };
}

/** The answers of pods by their names. */
export type ProbeAnswers = Readonly<Record<string, ProbeAnswer>>;
