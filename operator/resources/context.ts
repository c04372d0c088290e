import type { Images } from "./images.ts";
import type { ControllingOwner } from "./manifest.ts";

/** One release's own copy of a user's ConfigMap: pods that start later, or after a rollback, read what the release was made with. */
export interface ConfigMapCopy {
  /** Name of the user's ConfigMap. */
  readonly source: string;
  /** Name of the copy. */
  readonly name: string;
  /** Digest of the content that is copied. */
  readonly digest: string;
}

/** What the builders need beside the app itself. */
export interface RenderContext {
  /** The release that the pods belong to. */
  readonly revision: string;
  /** Digests of the contents that the app refers to, by "configmap/name". */
  readonly digests: Readonly<Record<string, string>>;
  readonly images: Images;
  readonly owner: ControllingOwner;
  /** The release's own copies of the user's ConfigMaps, which its pods refer to instead. Default: none. */
  readonly copies?: readonly ConfigMapCopy[];
}
