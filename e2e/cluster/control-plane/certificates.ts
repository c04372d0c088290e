import { generateKeyPairSync } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { run } from "../command.ts";
import { fileOf, files, kubernetesServiceAddress } from "./arguments.ts";
import type { Layout } from "./arguments.ts";

interface Certificate {
  readonly certificate: string;
  readonly key: string;
  readonly commonName: string;
  readonly extensions: readonly string[];
  /** File names of the signing authority; absent for an authority, which signs itself. */
  readonly signedBy?: { readonly certificate: string; readonly key: string };
}

const clusterCa: Certificate = { certificate: files.ca, key: files.caKey, commonName: "control-plane-ca", extensions: [] };
const frontProxyCa: Certificate = {
  certificate: files.frontProxyCa,
  key: files.frontProxyCaKey,
  commonName: "front-proxy-ca",
  extensions: [],
};
const serving: Certificate = {
  certificate: files.serving,
  key: files.servingKey,
  commonName: "kube-apiserver",
  extensions: [
    "basicConstraints=critical,CA:FALSE",
    "extendedKeyUsage=serverAuth",
    `subjectAltName=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:${kubernetesServiceAddress}`,
  ],
  signedBy: clusterCa,
};
const frontProxyClient: Certificate = {
  certificate: files.frontProxyClient,
  key: files.frontProxyClientKey,
  commonName: "front-proxy-client",
  extensions: ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth"],
  signedBy: frontProxyCa,
};

/** Writes the authorities, certificates and service account keys of a control plane; they last for two days. */
export async function writeCertificates(layout: Layout): Promise<void> {
  await Promise.all([
    issue(layout, clusterCa).then(() => issue(layout, serving)),
    issue(layout, frontProxyCa).then(() => issue(layout, frontProxyClient)),
    writeServiceAccountKeys(layout),
  ]);
}

async function writeServiceAccountKeys(layout: Layout): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "sec1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  await writeFile(fileOf(layout, files.serviceAccountKey), privateKey, { mode: 0o600 });
  await writeFile(fileOf(layout, files.serviceAccountPublicKey), publicKey);
}

async function issue(layout: Layout, certificate: Certificate): Promise<void> {
  try {
    await run("openssl", opensslArguments(layout, certificate));
  } catch (error) {
    throw new Error(`Cannot make the certificate of ${certificate.commonName}: install OpenSSL 3 (apt-get install openssl).`, {
      cause: error,
    });
  }
  await chmod(fileOf(layout, certificate.key), 0o600);
}

function opensslArguments(layout: Layout, certificate: Certificate): string[] {
  const { signedBy } = certificate;
  const newKey = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(" ");
  return [
    ...newKey,
    "-subj",
    `/CN=${certificate.commonName}`,
    "-keyout",
    fileOf(layout, certificate.key),
    "-out",
    fileOf(layout, certificate.certificate),
    ...(signedBy === undefined ? [] : ["-CA", fileOf(layout, signedBy.certificate), "-CAkey", fileOf(layout, signedBy.key)]),
    ...certificate.extensions.flatMap((extension) => ["-addext", extension]),
  ];
}
