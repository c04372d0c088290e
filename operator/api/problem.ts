/** One thing that the user should change. */
export interface Problem {
  /** Where, such as "spec.web.port" or "spec.workers[0].name". */
  readonly path: string;
  /** What to change. */
  readonly message: string;
}

/** Writes a path as people read it: spec.workers[0].name. */
export function formatPath(root: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`), root);
}
