import { existsSync } from "node:fs";

const setprivPaths = ["/usr/bin/setpriv", "/bin/setpriv"];

/** Puts a command under setpriv, so that the kernel signals it when this process dies, however it dies (Linux only). */
export function withParentDeathSignal(
  command: readonly string[],
  signal: "KILL" | "INT" = "KILL",
  paths: readonly string[] = setprivPaths,
): string[] {
  const setpriv = process.platform === "linux" ? paths.find((path) => existsSync(path)) : undefined;
  return setpriv === undefined ? [...command] : [setpriv, "--pdeathsig", signal, "--", ...command];
}
