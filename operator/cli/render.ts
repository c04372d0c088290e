import type { ScalableApp } from "../api/scalable-app.ts";
import type { Tree } from "../base/tree.ts";
import { fitConnections } from "../plan/connection-fit.ts";
import { decideBounds, withBounds, withHighestCeiling } from "../plan/scaling/bounds.ts";
import { countConnections, describeBudget } from "../plan/rollout/connection-budget.ts";
import { buildChildren } from "../resources/children.ts";
import { defaultImages } from "../resources/images.ts";
import { ownerReference } from "../resources/metadata.ts";
import { computeRevision } from "../resources/revision.ts";
import { childrenToYaml } from "../resources/yaml.ts";

/** Stands for the identity that the API server gives to a ScalableApp when it is created. */
const placeholderUid = "00000000-0000-0000-0000-000000000000";

/**
 * Every child of an app with a single release as YAML, as the operator would apply it while no window of web.autoscaling.schedules is
 * open. The contents of ConfigMaps and Secrets are
 * unknown, so ConfigMaps keep their names where the operator would name the release's own copies.
 */
export function renderApp(found: { readonly app: ScalableApp; readonly raw: Tree }, revision?: string): string {
  const { raw } = found;
  const fit = fitConnections(withHighestCeiling(found.app));
  const budget = countConnections(fit.app);
  const app = withBounds(fit.app, decideBounds(found.app, undefined, fit.ceiling?.given));
  const owner = ownerReference({ name: app.metadata.name, uid: app.metadata.uid === "" ? placeholderUid : app.metadata.uid });
  const children = buildChildren(app, {
    revision: revision ?? computeRevision(raw["spec"], {}),
    digests: {},
    images: defaultImages,
    owner,
  });
  const sum = budget && budget.perPod > 0 ? `# ${app.metadata.name}: ${describeBudget(budget)}\n` : "";
  return sum + childrenToYaml(children);
}
