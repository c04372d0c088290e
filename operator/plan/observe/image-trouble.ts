import type { PodEvent } from "./pod-events.ts";
import { quoted } from "./quoted.ts";

/** A container whose image cannot be pulled. */
interface Pull {
  readonly container: string;
  /** The kubelet's reason, such as ErrImagePull. */
  readonly waiting: string;
  /** The kubelet's words about it. */
  readonly detail: string;
  /** The field with the image. */
  readonly field: string;
  /** What is known of the events of the pod. */
  readonly events: readonly PodEvent[];
}

type Remedy = (field: string) => string;

/** What the registry or the node says, and what to change; the first that fits. */
const remedies: readonly (readonly [pattern: RegExp, remedy: Remedy])[] = [
  [/InvalidImageName|invalid reference format|couldn't parse image/iu, (field) => `correct ${field}: it is no image reference`],
  [/ErrImageNeverPull/u, () => "correct imagePullPolicy in the overlay that forbids to pull"],
  [
    /toomanyrequests|429|rate limit/iu,
    () => "the registry limits how often is pulled: name an account in imagePullSecrets, or use a mirror",
  ],
  [
    /no match for platform|no matching manifest/iu,
    (field) =>
      `build the image of ${field} for the processor of the nodes, or choose nodes by scheduling.nodeSelector (kubernetes.io/arch)`,
  ],
  [/repository does not exist or may require/iu, (field) => `correct ${field}, or name a Secret for its registry in imagePullSecrets`],
  [
    /unauthorized|authentication required|authorization failed|no basic auth|\b40[13]\b|denied|forbidden/iu,
    () => "the registry refuses to serve these nodes: name a Secret with an account that may pull in imagePullSecrets",
  ],
  [
    /x509|certificate/iu,
    () => "the node does not trust the certificate of the registry: let the administrator of the nodes add its authority",
  ],
  [
    /no such host|connection refused|i\/o timeout|dial tcp|TLS handshake|no route to host|deadline exceeded/iu,
    (field) => `the node cannot reach the registry: correct its host in ${field}, or use a mirror that the nodes reach`,
  ],
  [/no space left/iu, () => "the disk of the node is full: delete the pod, so that it starts on another one"],
  [/not found|manifest unknown|does not exist/iu, (field) => `the registry has no such image: correct name and tag in ${field}`],
];

/** Why an image cannot be pulled, and which field to change. */
export function describePull({ container, waiting, detail, field, events }: Pull): string {
  const failed = events.find(
    ({ reason, container: of, message }) => reason === "Failed" && of === container && /pull image/u.test(message),
  );
  // An older kubelet says "Back-off pulling image" and no more.
  const isBare = /^Back-off pulling image \S+$/u.test(detail);
  const said = isBare && failed !== undefined ? failed.message : detail;
  const missing = events.find(({ reason }) => reason === "FailedToRetrieveImagePullSecret");
  const [, names] = /pull secrets \(([^)]+)\)/u.exec(missing?.message ?? "") ?? [];
  if (names !== undefined)
    return `${waiting}: ${quoted(said)}: create Secret ${names}, which imagePullSecrets names, or correct imagePullSecrets`;
  const [, remedy] = remedies.find(([pattern]) => pattern.test(`${waiting} ${said}`)) ?? [];
  const change = remedy?.(field) ?? `correct ${field}, or imagePullSecrets where the registry asks who pulls`;
  return `${waiting}: ${quoted(said)}: ${change}`;
}
