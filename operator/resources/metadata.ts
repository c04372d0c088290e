import {
  APP_LABEL,
  COMPONENT_LABEL,
  INSTANCE_LABEL,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  NAME_LABEL,
  PART_OF_LABEL,
  RELEASE_LABEL,
  TRACK_LABEL,
  VERSION_LABEL,
} from "../api/labels.ts";
import { API_VERSION, KIND } from "../api/kind.ts";
import type { RenderContext } from "./context.ts";
import type { ControllingOwner, ManifestMetadata } from "./manifest.ts";
import type { ScalableApp } from "../api/scalable-app.ts";
import type { PodComponent } from "./pod/component.ts";

type Labels = Record<string, string>;

/** What is the same in all children of one app. */
export interface Identity {
  readonly app: ScalableApp;
  readonly context: RenderContext;
}

/** The reference that makes the garbage collector remove a child together with its ScalableApp. */
export function ownerReference(app: { readonly name: string; readonly uid: string }): ControllingOwner {
  return { apiVersion: API_VERSION, kind: KIND, name: app.name, uid: app.uid, controller: true, blockOwnerDeletion: true };
}

/** The labels of a child. */
export function childLabels(app: string, component: string): Labels {
  return {
    [NAME_LABEL]: app,
    [INSTANCE_LABEL]: app,
    [COMPONENT_LABEL]: component,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    [APP_LABEL]: app,
  };
}

/** The labels by which Services, Deployments and budgets choose the pods of a component; immutable, hence so few. */
export function selectorLabels(app: string, component: string): Labels {
  return { [APP_LABEL]: app, [COMPONENT_LABEL]: component };
}

/** The labels of pods that belong to a release: the user's, and ours, which win. */
export function releasePodLabels(identity: Identity, component: Pick<PodComponent, "name" | "track">, image: string): Labels {
  const { app, context } = identity;
  return {
    ...app.spec.podMetadata.labels,
    ...childLabels(app.metadata.name, component.name),
    [PART_OF_LABEL]: app.metadata.name,
    [VERSION_LABEL]: versionOf(image),
    [RELEASE_LABEL]: context.revision,
    [TRACK_LABEL]: component.track ?? "stable",
  };
}

/** The longest value of a label. */
const maxLabelLength = 63;

/** The tag of an image, or the first digits of its digest, as a label can hold it; "latest" where it has neither. */
export function versionOf(image: string): string {
  const [name = "", digest] = image.split("@");
  const tag = /:(?<tag>[^/:]+)$/u.exec(name)?.groups?.["tag"] ?? digest?.replace(/^[^:]*:/u, "").slice(0, 12) ?? "latest";
  return tag.slice(0, maxLabelLength).replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/gu, "");
}

/** The metadata of one child. */
export function childMetadata(identity: Identity, name: string, component: string): ManifestMetadata {
  const { app, context } = identity;
  return {
    name,
    namespace: app.metadata.namespace,
    labels: { ...childLabels(app.metadata.name, component), [PART_OF_LABEL]: app.metadata.name },
    ownerReferences: [context.owner],
  };
}
