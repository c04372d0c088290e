import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createKubeClient } from "./client.ts";
import { findCredentials } from "./credentials.ts";
import { configMaps } from "./resources.ts";
import { selfSignedCertificate } from "./testing/certificate.ts";
import { sendJson, startFakeApiServer, status } from "./testing/fake-api-server.ts";

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function serviceAccount(token: string): string {
  const directory = mkdtempSync(join(tmpdir(), "kube-test-"));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, "token"), token);
  writeFileSync(join(directory, "ca.crt"), "CA");
  return directory;
}

describe("in a pod", () => {
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "6443" };

  test("the service account's token and CA are used, and IPv6 is bracketed", async () => {
    const credentials = findCredentials({}, env, serviceAccount("t-1\n"));
    await expect(credentials.current()).resolves.toMatchObject({
      server: "https://[fd00::1]:6443",
      authorization: "Bearer t-1",
      tls: { ca: "CA" },
    });
  });

  test("the pod's namespace is the one of the context", async () => {
    const directory = serviceAccount("t");
    writeFileSync(join(directory, "namespace"), "retail\n");
    await expect(findCredentials({}, env, directory).current()).resolves.toMatchObject({ namespace: "retail" });
  });

  test("pitfall 21: a rotated token is read again when the file has changed, not at every call", async () => {
    const directory = serviceAccount("t-1");
    const credentials = findCredentials({}, env, directory);
    const before = await credentials.current();
    expect(await credentials.current()).toBe(before);
    writeFileSync(join(directory, "token"), "t-2-longer");
    credentials.invalidate();
    const after = await credentials.current();
    expect(after.authorization).toBe("Bearer t-2-longer");
    expect(after.fingerprint).toBe(before.fingerprint);
  });

  test("a file that is missing for a moment leaves the last good access in use", async () => {
    const directory = serviceAccount("t-1");
    const credentials = findCredentials({}, env, directory);
    await credentials.current();
    rmSync(join(directory, "token"));
    credentials.invalidate();
    await expect(credentials.current()).resolves.toMatchObject({ authorization: "Bearer t-1" });
  });
});

describe("a kubeconfig", () => {
  test("that does not exist fails at once and says so", () => {
    expect(() => createKubeClient({ kubeConfig: "/nowhere/kubeconfig", userAgent: "t" })).toThrow(
      "cannot read the kubeconfig file /nowhere/kubeconfig",
    );
  });

  test("a new CA rebuilds the connections without a restart", async () => {
    const server = await startFakeApiServer((_request, response) => sendJson(response, 200, { metadata: { name: "a", namespace: "n" } }));
    cleanups.push(() => server.close());
    const credentials = findCredentials({ kubeConfig: server.kubeConfig });
    const before = await credentials.current();
    const client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "t" });
    cleanups.push(() => client.close());
    await client.get(configMaps, "n", "a");
    server.rotate(selfSignedCertificate());
    credentials.invalidate();
    const after = await credentials.current();
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(after.tls.ca).not.toBe(before.tls.ca);
  });

  test("after a 401 the credentials are read again and the call is sent once more", async () => {
    const server = await startFakeApiServer();
    cleanups.push(() => server.close());
    server.handle((request, response) => {
      if (request.headers["authorization"] === "Bearer new-token") sendJson(response, 200, { metadata: { name: "a", namespace: "n" } });
      else {
        writeFileSync(server.kubeConfig, readFileSync(server.kubeConfig, "utf8").replace(/"token":"[^"]+"/, '"token":"new-token"'));
        sendJson(response, 401, status(401, "Unauthorized", "Unauthorized"));
      }
    });
    const client = createKubeClient({ kubeConfig: server.kubeConfig, userAgent: "t" });
    cleanups.push(() => client.close());
    await client.get(configMaps, "n", "a");
    expect(server.requests).toHaveLength(2);
  });
});

describe("contexts", () => {
  const entry = (name: string, namespace?: string) => ({
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace && { namespace }) } }],
    clusters: [{ name, cluster: { server: `https://${name}.example.com` } }],
    users: [{ name, user: { token: `token-${name}` } }],
  });
  const file = (config: object) => {
    const path = join(serviceAccount(""), "config");
    writeFileSync(path, JSON.stringify({ apiVersion: "v1", kind: "Config", ...config }));
    return path;
  };

  test("the named one wins over the current one, with its namespace", async () => {
    const [one, other] = [entry("one"), entry("other", "retail")];
    const kubeConfig = file({
      contexts: [...one.contexts, ...other.contexts],
      clusters: [...one.clusters, ...other.clusters],
      users: [...one.users, ...other.users],
      "current-context": "one",
    });
    const found = await findCredentials({ kubeConfig, context: "other" }).current();
    expect(found).toMatchObject({ server: "https://other.example.com", authorization: "Bearer token-other", namespace: "retail" });
    expect(await findCredentials({ kubeConfig }).current()).toMatchObject({ server: "https://one.example.com" });
  });

  test("one that does not exist is named beside those that do", async () => {
    const kubeConfig = file({ ...entry("one"), "current-context": "one" });
    await expect(findCredentials({ kubeConfig, context: "two" }).current()).rejects.toThrow(/has no context "two": it has one$/u);
  });

  test("none chosen is reported with those there are", async () => {
    await expect(findCredentials({ kubeConfig: file(entry("one")) }).current()).rejects.toThrow(
      /names no current context: choose one of one$/u,
    );
  });

  test("KUBECONFIG may name several files: the first word holds, and missing ones are passed over", async () => {
    const first = file({ ...entry("one"), "current-context": "other" });
    const second = file({ ...entry("other"), "current-context": "one" });
    const env = { KUBECONFIG: [first, "/nowhere/config", second].join(":") };
    expect(await findCredentials({}, env).current()).toMatchObject({ server: "https://other.example.com" });
    expect(await findCredentials({ context: "one" }, env).current()).toMatchObject({ server: "https://one.example.com" });
  });

  test("a file that is none is named", async () => {
    const kubeConfig = join(serviceAccount(""), "config");
    writeFileSync(kubeConfig, "a: [");
    await expect(findCredentials({ kubeConfig }).current()).rejects.toThrow(`${kubeConfig} is not a kubeconfig file`);
  });
});

test("pitfall 20: client-node is loaded only where a kubeconfig is read, never in a pod", () => {
  const importsOf = (file: string) =>
    readFileSync(new URL(file, import.meta.url), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.includes("@kubernetes/client-node"));
  const types = 'import type { KubeConfig } from "@kubernetes/client-node";';
  expect(importsOf("credentials.ts")).toEqual([types]);
  expect(importsOf("kube-config.ts")).toEqual([types, 'const library = await import("@kubernetes/client-node");']);
});
