import { matching } from "./text.ts";

/** The Host header of requests to pods. */
export function hostHeader() {
  return matching(
    259,
    /^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?(:[0-9]{1,5})?$/,
    "must be a host name such as shop.example.com, with a port where the app wants one",
  );
}

/**
 * The host name under which probes and the operator's own requests reach a component: that of its health, or the first that people use;
 * undefined where routing names no whole host.
 */
export function requestHost(
  { host }: { readonly host?: string | undefined },
  routing: { readonly hosts: readonly string[] } | undefined,
): string | undefined {
  return host ?? routing?.hosts.find((each) => !each.startsWith("*"));
}
