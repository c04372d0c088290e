/**
 * The names that a text refers to as `$(NAME)`, which Kubernetes replaces; `$$(NAME)` stays as it is.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function referencesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/gu)].flatMap(([, name]) => (name === undefined ? [] : [name]));
}
