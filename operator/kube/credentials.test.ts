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
    const credentials = findCredentials(undefined, env, serviceAccount("t-1\n"));
    await expect(credentials.current()).resolves.toMatchObject({
      server: "https://[fd00::1]:6443",
      authorization: "Bearer t-1",
      tls: { ca: "CA" },
    });
  });

  test("pitfall 21: a rotated token is read again when the file has changed, not at every call", async () => {
    const directory = serviceAccount("t-1");
    const credentials = findCredentials(undefined, env, directory);
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
    const credentials = findCredentials(undefined, env, directory);
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
    const credentials = findCredentials(server.kubeConfig);
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

test("pitfall 20: client-node is loaded only where a kubeconfig is read, never in a pod", () => {
  const source = readFileSync(new URL("credentials.ts", import.meta.url), "utf8");
  const imports = source.split("\n").filter((line) => line.includes("@kubernetes/client-node"));
  expect(imports.map((line) => line.trim())).toEqual([
    'import type { KubeConfig } from "@kubernetes/client-node";',
    'const library = await import("@kubernetes/client-node");',
  ]);
});
