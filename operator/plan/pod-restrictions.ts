import { isTree } from "../base/tree.ts";
import { read, readList, readString } from "../base/read.ts";

/** A field of a pod, whether its value leaves the restricted standard, and how that reads. */
type Check = readonly [field: readonly string[], opens: (value: unknown) => boolean, says: (value: unknown) => string];

const isTrue = (value: unknown) => value === true;
const is = (word: string) => (value: unknown) => value === word;
const shown = (value: unknown) => `is ${String(value)}`;

const podChecks: readonly Check[] = [
  [["hostNetwork"], isTrue, shown],
  [["hostPID"], isTrue, shown],
  [["hostIPC"], isTrue, shown],
  [["securityContext", "runAsNonRoot"], (value) => value === false, shown],
  [["securityContext", "runAsUser"], (value) => value === 0, shown],
  [["securityContext", "seccompProfile", "type"], is("Unconfined"), shown],
  [["securityContext", "sysctls"], (value) => readList(value).length > 0, () => "is set"],
];

const containerChecks: readonly Check[] = [
  [["securityContext", "privileged"], isTrue, shown],
  [
    ["securityContext", "allowPrivilegeEscalation"],
    (value) => value !== false,
    (value) => (value === undefined ? "is not false" : shown(value)),
  ],
  [["securityContext", "capabilities", "drop"], (value) => !readList(value).includes("ALL"), () => "lacks ALL"],
  [["securityContext", "capabilities", "add"], (value) => added(value).length > 0, (value) => `has ${added(value).join(", ")}`],
  [["securityContext", "runAsNonRoot"], (value) => value === false, shown],
  [["securityContext", "runAsUser"], (value) => value === 0, shown],
  [["securityContext", "readOnlyRootFilesystem"], (value) => value !== true, () => "is not true"],
  [["securityContext", "seccompProfile", "type"], is("Unconfined"), shown],
  [["securityContext", "procMount"], is("Unmasked"), shown],
  [["ports"], (value) => readList(value).some((port) => read(port, "hostPort") !== undefined), () => "has a hostPort"],
];

function added(value: unknown): readonly string[] {
  return readList(value)
    .flatMap((each) => readString(each) ?? [])
    .filter((each) => each !== "NET_BIND_SERVICE");
}

/**
 * What of a pod leaves the restricted pod security standard, or lets a container write to its root file system: "hostNetwork is true",
 * "container app: securityContext.privileged is true".
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function findLoosened(podSpec: unknown): readonly string[] {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((list) => readList(read(podSpec, list)));
  return [
    ...failing(podSpec, podChecks),
    ...(hasProfile(podSpec, containers) ? [] : ["securityContext.seccompProfile is missing"]),
    ...readList(read(podSpec, "volumes")).flatMap((volume) =>
      isTree(read(volume, "hostPath")) ? [`volume ${readString(read(volume, "name")) ?? "?"} is a hostPath`] : [],
    ),
    ...containers.flatMap((container) =>
      failing(container, containerChecks).map((found) => `container ${readString(read(container, "name")) ?? "?"}: ${found}`),
    ),
  ];
}

function failing(subject: unknown, checks: readonly Check[]): readonly string[] {
  return checks.flatMap(([field, opens, says]) => {
    const value = read(subject, ...field);
    return opens(value) ? [`${field.join(".")} ${says(value)}`] : [];
  });
}

/** The pod's profile holds for every container that has none of its own. */
function hasProfile(podSpec: unknown, containers: readonly unknown[]): boolean {
  const typeOf = (subject: unknown) => read(subject, "securityContext", "seccompProfile", "type");
  return typeOf(podSpec) !== undefined || containers.every((container) => typeOf(container) !== undefined);
}
