import { memberNames } from "./component-checks.ts";
import type { ExtraContainer } from "./container.ts";
import type { Problem } from "./problem.ts";
import type { ScalableApp } from "./scalable-app.ts";

/** A port of the app itself. */
interface AppPort {
  /** The component label of the pods that have it. */
  readonly component: string;
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  /** In words. */
  readonly owner: string;
}

function appPorts({ web, workers }: ScalableApp["spec"]): readonly AppPort[] {
  return [
    { component: "web", name: "http", port: web.port, protocol: "TCP", owner: "web.port" },
    ...web.extraPorts.map((extra) => ({ ...extra, component: "web", owner: `the extra port ${extra.name}` })),
    ...workers.flatMap(({ name, port }) =>
      port === undefined ? [] : [{ component: `worker-${name}`, name: "http", port, protocol: "TCP", owner: `the port of worker ${name}` }],
    ),
  ];
}

/**
 * That no two containers of a pod listen on one port, and that a port's name leads to one place: a Service finds its target by the name of a
 * port, and a sidecar's is found before the app's.
 */
export function checkPorts({ spec }: ScalableApp): readonly Problem[] {
  return spec.sidecars.flatMap((sidecar, at) => {
    const beside = namesOf(spec, sidecar);
    const apps = appPorts(spec).filter(({ component }) => beside.has(component));
    const earlier = spec.sidecars.slice(0, at).filter((other) => [...namesOf(spec, other)].some((name) => beside.has(name)));
    const others = earlier.flatMap(({ name: owner, ports }) =>
      ports.map((port) => ({ ...port, port: port.containerPort, owner: `a port of ${owner}` })),
    );
    return portProblems(sidecar, `spec.sidecars[${at}]`, [...apps, ...others]);
  });
}

function namesOf(spec: ScalableApp["spec"], { components }: ExtraContainer): ReadonlySet<string> {
  return new Set(memberNames(spec, components));
}

interface Taken {
  readonly name?: string | undefined;
  readonly port: number;
  readonly protocol: string;
  readonly owner: string;
}

function portProblems({ name: container, ports }: ExtraContainer, path: string, taken: readonly Taken[]): readonly Problem[] {
  const own = ports.map((port) => ({ ...port, port: port.containerPort, owner: `a port of ${container}` }));
  return own.flatMap(({ name, port, protocol }, index) => {
    const before = [...taken, ...own.slice(0, index)];
    const at = `${path}.ports[${index}]`;
    const samePort = before.find((other) => other.port === port && other.protocol === protocol);
    const sameName = name === undefined ? undefined : before.find((other) => other.name === name);
    return [
      ...(samePort === undefined
        ? []
        : [
            {
              path: `${at}.containerPort`,
              message: `${port} is ${samePort.owner} already, and all containers of a pod share one network: choose another port`,
            },
          ]),
      ...(sameName === undefined
        ? []
        : [
            {
              path: `${at}.name`,
              message: `"${name}" is the name of ${sameName.owner} already, whose requests would go astray: choose another name`,
            },
          ]),
    ];
  });
}
