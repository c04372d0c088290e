const VERSION = /^[1-9]\d*$/;

/**
 * Orders two resourceVersions: negative, zero or positive; undefined when one is no integer.
 * Since Kubernetes 1.35 they are documented as integers of any length: https://github.com/kubernetes/enhancements/issues/5504
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (!VERSION.test(a) || !VERSION.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}
