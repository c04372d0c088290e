import type { ScalableApp } from "../api/scalable-app.ts";
import { buildChildren } from "../resources/children.ts";
import { defaultImages } from "../resources/images.ts";
import { ownerReference } from "../resources/metadata.ts";
import { computeRevision } from "../resources/revision.ts";
import { childrenToYaml } from "../resources/yaml.ts";

/** Stands for the identity that the API server gives to a ScalableApp when it is created. */
const placeholderUid = "00000000-0000-0000-0000-000000000000";

/** Every child of an app as YAML, as the operator would apply it, with the contents of ConfigMaps and Secrets unknown. */
export function renderApp(app: ScalableApp, revision: string = computeRevision(app, {}, defaultImages)): string {
  const owner = ownerReference({ name: app.metadata.name, uid: app.metadata.uid === "" ? placeholderUid : app.metadata.uid });
  return childrenToYaml(buildChildren(app, { revision, digests: {}, images: defaultImages, owner }));
}
