import { GROUP, PLURAL } from "../api/kind.ts";
import { isForbidden, isNotFound, isTransient, isUnauthorized, KubeError } from "../kube/errors.ts";
import { CommandError } from "./terminal.ts";

/** An error of the API server in one line for the user, with the remedy; any other error is returned as it is. */
export function explain(error: unknown, { server, namespace }: { readonly server: string; readonly namespace: string }): unknown {
  if (!(error instanceof KubeError)) return error;
  return new CommandError(lineOf(error, server, namespace), { cause: error });
}

function lineOf(error: KubeError, server: string, namespace: string): string {
  const { verb, resource } = error;
  if (isUnauthorized(error)) return `${server} does not accept the credentials: log in again, or choose another --context`;
  if (isForbidden(error)) {
    const full = resource === PLURAL ? `${PLURAL}.${GROUP}` : resource;
    const role = verb === "patch" ? "edit" : "view";
    return `you may not ${verb} ${full} in namespace ${namespace}: ask for the role "${role}" there (check: kubectl auth can-i ${verb} ${full} -n ${namespace}). ${server} says: ${reasonOf(error)}`;
  }
  if (isNotFound(error) && resource === PLURAL) {
    return `${server} knows no ScalableApps: install the operator's chart there, or choose another --context`;
  }
  if (error.status === 0) {
    return `${server} cannot be reached (${reasonOf(error)}): check the network, the VPN and that the cluster runs, or choose another --context`;
  }
  if (isTransient(error)) return `${server} is in trouble, try again later: ${reasonOf(error)}`;
  return `${server} refuses it: ${error.message}`;
}

/** The last part of an error's message, which is the server's or the network's own. */
function reasonOf({ message, reason }: KubeError): string {
  const at = message.indexOf(`${reason}: `);
  return at < 0 ? message : message.slice(at + reason.length + 2);
}
