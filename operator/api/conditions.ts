/** What a condition type says, for readers of the reference. */
interface ConditionMeaning {
  readonly meaning: string;
  /** The status that people hope for. */
  readonly good: "True" | "False";
}

/** What a reason says, and whether somebody has to act. */
interface ReasonMeaning {
  readonly meaning: string;
  readonly error: boolean;
}

/** Every condition type that the operator writes. */
export const CONDITIONS = {
  Ready: { good: "True", meaning: "Every component of the stable release is available, and nothing waits for the user." },
  Reconciling: {
    good: "False",
    meaning:
      "The operator is still working towards the spec, until the bake of a release has ended; beside Ready, users are served meanwhile (the kstatus convention, which Argo CD, Flux and Helm read).",
  },
  Stalled: { good: "False", meaning: "Nothing will change until somebody acts (the kstatus convention, which Argo CD and Flux read)." },
  Progressing: { good: "False", meaning: "A release is under way." },
  Degraded: { good: "False", meaning: "The app works worse than it should." },
  Valid: { good: "True", meaning: "The spec passed every check that the API server could not make." },
  NotImplemented: { good: "False", meaning: "The spec uses fields that this version of the operator does not act on yet." },
  Refused: { good: "False", meaning: "The API server does not take a child; the message names it, the field of the spec and the remedy." },
  UnknownFields: {
    good: "False",
    meaning: "The object has fields that this version of the operator does not know; all others are acted on.",
  },
  DroppedFields: {
    good: "False",
    meaning: "The API server does not keep fields of a child; the message names them. All else is as it should be.",
  },
  NameConflict: { good: "False", meaning: "An object of a name that the app needs belongs to somebody else and was left alone." },
  ReferencesFound: { good: "True", meaning: "Every ConfigMap and Secret that the spec names exists." },
  Restricted: { good: "True", meaning: "All pods meet the restricted pod security standard." },
  OverlayReported: {
    good: "False",
    meaning:
      "An overlay changes what the operator promises otherwise; the message names component and field. The app may work all the same.",
  },
  ConnectionBudget: {
    good: "True",
    meaning: "All that can exist at once leaves the database enough connections, at the ceiling that the spec asks for.",
  },
  UpToDate: { good: "True", meaning: "The pods of the stable release are as this version of the operator would render them." },
  Migrated: { good: "True", meaning: "The migration of the current release has run." },
  Contracted: { good: "True", meaning: "The contract migration of the stable release has run; nothing returns to a release before it." },
  Scaled: { good: "True", meaning: "Every component has the replicas that its load asks for." },
  VolumeMismatch: { good: "False", meaning: "A volume (of the queue, or of spec.volumes) is not as the spec asks; it works on as it is." },
  DataUpkeep: { good: "True", meaning: "Partitions and materialized views are kept: the newest run of each task succeeded." },
  Routed: { good: "True", meaning: "The Gateway of spec.routing takes requests from outside for the app." },
} as const satisfies Readonly<Record<string, ConditionMeaning>>;

/** The type of a condition. */
export type ConditionType = keyof typeof CONDITIONS;

/** Every reason that a condition can have. */
export const REASONS = {
  // The app as a whole
  Available: { error: false, meaning: "All components are available." },
  ComponentsStarting: { error: false, meaning: "Some pods are not ready yet." },
  ComponentsUnavailable: { error: true, meaning: "Fewer pods than wanted are ready, with no release under way." },
  PodsCrashing: { error: true, meaning: "A container ends again and again: read its log." },
  ProbeFailed: { error: true, meaning: "A pod gives no good answer to its probe; the message has the answer and the field to change." },
  DatabaseConnectionFailed: {
    error: true,
    meaning: "The pooler cannot connect to the database; the message has its last error and the field or Secret to change.",
  },
  ImagePullFailed: { error: true, meaning: "A node cannot pull an image: check its name, its tag and imagePullSecrets." },
  PodsUnschedulable: { error: true, meaning: "No node can take a pod: check requests, nodeSelector, tolerations and volumes." },
  SchedulingGated: { error: true, meaning: "A scheduling gate keeps a pod from the scheduler: whoever set it must take it off." },
  VolumeMountFailed: {
    error: true,
    meaning: "A volume of a pod cannot be mounted; the message names the field, the cause and the remedy.",
  },
  PodSandboxFailed: { error: true, meaning: "A node cannot set up a pod: its network plugin or container runtime fails." },
  InitializationBlocked: {
    error: true,
    meaning: "An init container or sidecar keeps those after it from starting; the message names it and says why.",
  },
  NodeNotReady: { error: true, meaning: "The node of a pod does not answer: the pod starts on another one after some minutes." },
  QuotaExceeded: { error: true, meaning: "A quota or an admission rule of the namespace refuses pods or other objects." },
  Suspended: { error: false, meaning: "spec.suspend scales everything to zero." },
  AsExpected: { error: false, meaning: "Nothing is left to do." },
  Working: { error: false, meaning: "The operator is applying changes or waiting for them to take effect." },

  // Input
  Accepted: { error: false, meaning: "The spec is valid." },
  InvalidSpec: { error: true, meaning: "A field must be changed; the message names it." },
  FieldsNotImplemented: { error: true, meaning: "The named fields have no effect in this version: remove them or upgrade the operator." },
  FieldsUnknown: {
    error: false,
    meaning: "The CRD is newer than the operator: the named fields have no effect until the operator is upgraded too.",
  },
  FieldsDropped: {
    error: false,
    meaning: "This API server leaves the named fields out of what is written: they have no effect until it knows and allows them.",
  },
  AllReferencesFound: { error: false, meaning: "All ConfigMaps and Secrets exist." },
  ReferenceMissing: { error: true, meaning: "A ConfigMap or Secret, or a key in it, does not exist: create it or correct its name." },
  ReferenceUnreadable: { error: true, meaning: "The operator may not look up a ConfigMap or Secret: check its role." },
  ObjectNotOurs: { error: true, meaning: "An object of the needed name is not ours: rename the app, or delete the object." },
  ApplyRefused: { error: true, meaning: "The API server refuses a child; the message says why, and which field to change." },
  ReleaseTooLarge: {
    error: true,
    meaning: "The release is too large to be stored, so it does not begin: move long values into ConfigMaps.",
  },
  ApplyFailed: { error: true, meaning: "The API server could not be reached or failed; it is tried again." },
  RestrictedStandard: { error: false, meaning: "All pods meet the restricted pod security standard." },
  PodSecurityLoosened: { error: true, meaning: "spec.podSecurity or an overlay leaves the restricted standard." },

  PromiseOverlaid: { error: false, meaning: "spec.overlays changes a field on which a promise of the operator stands." },

  // Release
  ReleaseStable: { error: false, meaning: "All users get the current release." },
  ReleaseWaiting: { error: false, meaning: "The release waits for something that it needs." },
  RollingOut: { error: false, meaning: "Pods of the release replace older ones." },
  SecretChanged: {
    error: false,
    meaning: "The data of a Secret changed: pods that read it restart one after another, in the same release; no migration runs.",
  },
  ReleaseStarted: { error: false, meaning: "A new release has begun." },
  ReleaseSuperseded: { error: false, meaning: "The spec changed while a release was under way: it was given up for the newer one." },
  ReleaseReverted: { error: false, meaning: "The spec asks for the stable release again: the candidate was given up." },
  CanaryRunning: { error: false, meaning: "The candidate gets a share of the requests." },
  CanaryWeightChanged: { error: false, meaning: "The canary went on to its next weight." },
  PreviewRunning: { error: false, meaning: "The complete candidate stands behind the preview Service and is watched." },
  ReleasePromoting: { error: false, meaning: "The candidate takes over web, workers and schedules." },
  ReleaseBaking: { error: false, meaning: "All run the candidate; the analysis goes on, and a failure still rolls back." },
  ReleaseRollingBack: { error: true, meaning: "The candidate failed and all goes back to the stable release." },
  ReleaseRolledBack: { error: true, meaning: "All users get the stable release again." },
  ReleaseQuarantined: {
    error: true,
    meaning: "The release of the spec failed and is not started again by itself: change the spec (fix forward), or use the retry request.",
  },
  ReleaseFailed: { error: true, meaning: "The release failed; the message says why." },
  ReleasePaused: { error: false, meaning: "The pause request keeps the release where it is: use the resume request." },
  AwaitingPromotion: {
    error: false,
    meaning: "A step without pauseSeconds, or blueGreen without autoPromotion, waits for the promote, skip-step or resume request.",
  },
  ReleaseResumed: { error: false, meaning: "The release goes on after a pause." },
  ReleaseFrozen: { error: false, meaning: "rollout.freeze holds new releases: wait for its end, or use the override-freeze request." },
  AnalysisFailed: { error: true, meaning: "The candidate exceeded a limit of rollout.canary.analysis; the message names it." },
  AnalysisInconclusive: {
    error: true,
    meaning: "The candidate cannot be judged (too few requests, no metrics): correct that, or use the promote or the abort request.",
  },
  ContainerOutOfMemory: { error: true, meaning: "A container was killed for its memory: raise its limit, or look for a leak." },
  PromotionRequested: { error: false, meaning: "The promote or promote-full request gives the candidate to all users." },
  AbortRequested: { error: false, meaning: "The abort request returns all to the stable release; the candidate is quarantined." },
  RetryRequested: { error: false, meaning: "The retry request took the release out of quarantine." },
  RollbackRequested: { error: false, meaning: "The rollback request returns all to an earlier release." },
  StepSkipped: { error: false, meaning: "The skip-step request ended the current step." },
  RequestRefused: { error: true, meaning: "A request could not be met; the message says why." },
  RenderedAsStored: { error: false, meaning: "The stable release is rendered as it is stored." },
  RenderingPending: {
    error: false,
    meaning:
      "This version of the operator would render the pods otherwise; they are left as they are, and the change joins the next release.",
  },
  ProgressDeadlineExceeded: { error: true, meaning: "The release made no progress within rollout.progressDeadlineSeconds." },
  MigrationWaiting: { error: false, meaning: "The migration has not started yet." },
  MigrationRunning: { error: false, meaning: "The migration is running; the pods of the release wait for it." },
  MigrationSucceeded: { error: false, meaning: "The migration of the release has run." },
  MigrationFailed: {
    error: true,
    meaning: "The migration failed and the release was not started: read the log of its Job, correct it and release again.",
  },
  ContractWaiting: {
    error: false,
    meaning: "The contract migration of the stable release has not begun; the message says what it waits for.",
  },
  ContractRunning: { error: false, meaning: "The contract migration is running; a new release waits for its end." },
  ContractSucceeded: { error: false, meaning: "The contract migration of the stable release has run." },
  ContractFailed: {
    error: true,
    meaning: "The contract migration failed and the app serves on: read the log of its Job, correct it, or use the retry request.",
  },
  SchemaContracted: {
    error: true,
    meaning:
      "The release of the spec is older than one whose contract migration has run, and needs the schema before it: change the spec (fix forward), or use the override-contract request.",
  },
  ContractOverridden: { error: false, meaning: "The override-contract request starts a release in spite of a contract migration." },

  // Database
  WithinBudget: { error: false, meaning: "The connections at the largest scale fit into the limit of the server." },
  BudgetExceeded: {
    error: true,
    meaning:
      "At the largest scale more connections would be opened than the server takes: lower maxReplicas or poolSize, or raise maxConnections.",
  },
  CeilingLowered: {
    error: true,
    meaning: "More web pods would not fit into the connections of the server, so the autoscaler's ceiling is lower than the spec's.",
  },
  Unpooled: { error: false, meaning: "The app connects without PgBouncer, so its connections cannot be counted." },

  // Scaling
  AutoscalingActive: { error: false, meaning: "The replicas follow the load." },
  FixedReplicas: { error: false, meaning: "The replicas are fixed by the spec." },
  BoundsChanged: { error: false, meaning: "The floor or the ceiling of web changed; reported by an Event alone." },
  AutoscalingPaused: { error: false, meaning: "autoscaling.paused keeps the replicas as they are." },
  AtCeiling: { error: true, meaning: "The load asks for more replicas than maxReplicas allows." },
  MetricsUnavailable: { error: true, meaning: "The autoscaler gets no metrics: check metrics-server and resource requests." },

  // Volumes
  VolumeExpanding: { error: false, meaning: "A volume grows to the size that the spec asks for." },
  VolumeNotExpandable: {
    error: true,
    meaning: "The cluster refuses to make a volume grow: restore storage, or let its StorageClass allow it.",
  },
  UpkeepSucceeded: { error: false, meaning: "The newest run of each task of data upkeep succeeded." },
  UpkeepPending: { error: false, meaning: "No run of a task of data upkeep has ended yet." },
  UpkeepFailed: { error: true, meaning: "The newest run of a task of data upkeep failed; the message says what Postgres answered." },
  VolumeFixed: {
    error: true,
    meaning: "No volume can shrink or change its StorageClass or access modes: restore the value that the message names.",
  },

  // Routing
  Routed: { error: false, meaning: "The Gateway takes requests for the app." },
  RoutePending: { error: false, meaning: "The Gateway has not looked at the newest route yet." },
  GatewaySilent: {
    error: true,
    meaning: "No gateway has acted on the route for half a minute: check that the Gateway exists, and that its controller runs.",
  },
  GatewayApiMissing: {
    error: true,
    meaning: "The Gateway API is not installed: install its CRDs and a gateway; the route follows by itself.",
  },
  RouteNotAccepted: { error: true, meaning: "The Gateway refuses the route; the message says why." },
  RouteUnresolved: { error: true, meaning: "The Gateway cannot reach what the route leads to; the message says why." },
  RoutingNotImplemented: { error: true, meaning: "This version makes no Ingress: use routing.gateway, or an Ingress of your own." },
} as const satisfies Readonly<Record<string, ReasonMeaning>>;

/** The reason of a condition. */
export type ConditionReason = keyof typeof REASONS;

/** One condition, as in metav1.Condition. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: ConditionReason;
  /** What the user should know or change. */
  readonly message: string;
  /** The generation of the spec that it speaks of. */
  readonly observedGeneration: number;
  /** RFC 3339 time at which `status` last changed. */
  readonly lastTransitionTime: string;
}

/** Whether a reason asks somebody to act. */
export function isErrorReason(reason: ConditionReason): boolean {
  return REASONS[reason].error;
}
