import { eventually, must, type Kubectl } from "./kubectl.ts";

/** A CronJob that a policy of the cluster does not let anybody write. */
export interface DeniedCronJob {
  readonly namespace: string;
  readonly name: string;
}

/** A policy that holds until it is lifted. */
export interface Denial {
  lift(): Promise<void>;
}

/** A ValidatingAdmissionPolicy that denies one CronJob; returns when the API server acts on it. */
export async function givenDeniedCronJob(kubectl: Kubectl, { namespace, name }: DeniedCronJob): Promise<Denial> {
  const policy = `${namespace}-${name}`;
  const rule = { apiGroups: ["batch"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["cronjobs"] };
  await kubectl.apply(
    JSON.stringify({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: policy },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: `object.metadata.name != '${name}'`, message: `${name} is not welcome here` }],
      },
    }),
  );
  await kubectl.apply(
    JSON.stringify({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: policy },
      spec: {
        policyName: policy,
        validationActions: ["Deny"],
        matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
      },
    }),
  );
  await eventually("the policy denies", async () => {
    const trial = ["-n", namespace, "create", "cronjob", name, "--image=none", "--schedule=0 3 * * *", "--dry-run=server"];
    const answer = await kubectl.run(...trial).then(
      () => "it was taken",
      (error: unknown) => String(error),
    );
    must(answer.includes("is not welcome here"), answer);
  });
  return {
    async lift() {
      await kubectl.run("delete", "validatingadmissionpolicybinding,validatingadmissionpolicy", policy, "--ignore-not-found");
    },
  };
}
