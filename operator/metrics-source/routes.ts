import type { RouteFilter } from "../measurement/sampling-job.ts";

/** Labels of a series that may hold the route, in the order in which they are looked for. */
export const ROUTE_LABELS: readonly string[] = ["route", "path", "uri", "handler", "endpoint", "view"];

/** What the route of a series says: whether to count it; "unknown" where it has none. */
export type RouteClass = "counted" | "excluded" | "unknown";

/** Makes the function that looks at the labels of one series. */
export function createRouteClassifier({ routeLabel, excludeRoutes }: RouteFilter): (labels: ReadonlyMap<string, string>) => RouteClass {
  const isExcluded = createRouteMatcher(excludeRoutes);
  const names = routeLabel === undefined ? ROUTE_LABELS : [routeLabel];
  return (labels) => {
    const route = names.map((name) => labels.get(name)).find((value) => value !== undefined && value !== "");
    if (route === undefined) return "unknown";
    if (isExcluded(route)) return "excluded";
    // The name of a view or of a port, unless the user says that it is a route.
    return routeLabel !== undefined || route.includes("/") ? "counted" : "unknown";
  };
}

function createRouteMatcher(routes: readonly string[]): (route: string) => boolean {
  const whole = new Set(routes.filter((route) => !route.endsWith("*")).map(normalizeRoute));
  const prefixes = routes.filter((route) => route.endsWith("*")).map((route) => normalizeRoute(route.slice(0, -1)));
  return (route) => {
    const normal = normalizeRoute(route);
    return whole.has(normal) || prefixes.some((prefix) => normal.startsWith(prefix));
  };
}

/** A route without its query and without slashes at its ends; the root stays a slash. */
export function normalizeRoute(route: string): string {
  const path = route.replace(/[?#].*$/, "").replaceAll(/^\/+|\/+$/g, "");
  return path === "" ? "/" : path;
}
