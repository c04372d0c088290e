import { describe, expect, test } from "vitest";
import { metadataFields, secretMetadata, type FieldsEntry } from "../../testing/secrets.ts";
import { hasNewData, toKnown, versionOf } from "./changes.ts";
import { observeSecret, type SecretMetadata } from "../observe/secret-facts.ts";

const later = "2026-11-27T09:00:00Z";
const type = { "f:type": {} };
const created: FieldsEntry = { manager: "kubectl-create", rest: type };
const emptied: FieldsEntry = { ...created, data: [] };
const labelled: FieldsEntry = { manager: "kubectl-label", time: later, data: [], rest: metadataFields({ labels: ["team"] }) };

const applied = (more: object = {}, time?: string): FieldsEntry => ({
  manager: "kubectl-client-side-apply",
  ...(time !== undefined && { time }),
  rest: { ...type, ...metadataFields({ annotations: ["kubectl.kubernetes.io/last-applied-configuration"] }), ...more },
});
const copy = (text: string) => ({ annotations: { "kubectl.kubernetes.io/last-applied-configuration": text } });

/** A tool that writes the data and an annotation of its own in one. */
const tool = (annotation: string, value: string, time?: string): SecretMetadata =>
  secretMetadata([{ manager: "tool", ...(time !== undefined && { time }), rest: metadataFields({ annotations: [annotation] }) }], {
    annotations: { [annotation]: value },
  });

type Case = readonly [string, before: SecretMetadata, after: SecretMetadata];

/** What the API server writes in each case was recorded in operator/controller/secrets.integration.ts. */
const nothing: readonly Case[] = [
  ["it is as it was", secretMetadata([created]), secretMetadata([created])],
  ["the storage is re-encrypted", secretMetadata([created]), secretMetadata([created], { resourceVersion: "9" })],
  ["somebody else adds a label", secretMetadata([created]), secretMetadata([created, labelled], { labels: { team: "a" } })],
  ["somebody else takes the label away", secretMetadata([created, labelled], { labels: { team: "a" } }), secretMetadata([created])],
  [
    "its writer adds a label",
    secretMetadata([created]),
    secretMetadata([{ ...created, time: later, rest: { ...type, ...metadataFields({ labels: ["team"] }) } }], { labels: { team: "a" } }),
  ],
  [
    "its writer adds a finalizer",
    secretMetadata([created]),
    secretMetadata([{ ...created, time: later, rest: { ...type, "f:metadata": { "f:finalizers": { ".": {}, 'v:"a"': {} } } } }], {
      finalizers: ["a"],
    }),
  ],
  [
    "its writer replaces its owner",
    secretMetadata([{ ...created, rest: { "f:metadata": { "f:ownerReferences": {} } } }], { ownerReferences: [{ uid: "1" }] }),
    secretMetadata([{ ...created, time: later, rest: { "f:metadata": { "f:ownerReferences": {} } } }], { ownerReferences: [{ uid: "2" }] }),
  ],
  [
    "its writer makes it immutable",
    secretMetadata([created]),
    secretMetadata([{ ...created, time: later, rest: { ...type, "f:immutable": {} } }]),
  ],
  [
    "a tool writes the same data again with a fresh annotation (a06)",
    tool("example.com/refreshed-at", "2026-03-01T10:00:00Z"),
    tool("example.com/refreshed-at", "2026-03-01T10:05:00Z", later),
  ],
  [
    "External Secrets writes again, with the same hash of the data and another label",
    secretMetadata([{ manager: "external-secrets", rest: metadataFields({ annotations: ["reconcile.external-secrets.io/data-hash"] }) }], {
      annotations: { "reconcile.external-secrets.io/data-hash": "abc" },
    }),
    secretMetadata(
      [
        {
          manager: "external-secrets",
          time: later,
          rest: metadataFields({ annotations: ["reconcile.external-secrets.io/data-hash"], labels: ["team"] }),
        },
      ],
      { annotations: { "reconcile.external-secrets.io/data-hash": "abc" }, labels: { team: "a" } },
    ),
  ],
  [
    "another manager applies the same data, and so owns it too",
    secretMetadata([created]),
    secretMetadata([created, { manager: "flux", operation: "Apply", time: later }]),
  ],
  [
    "one of two owners of the same data leaves",
    secretMetadata([created, { manager: "flux", operation: "Apply", time: later }]),
    secretMetadata([{ manager: "flux", operation: "Apply", time: later }]),
  ],
  [
    "client-side apply becomes server-side apply",
    secretMetadata([applied()], copy("{}")),
    secretMetadata([{ manager: "kubectl", operation: "Apply", time: later, data: [], rest: { "f:stringData": { "f:url": {} } } }]),
  ],
  ["it is deleted and restored", secretMetadata([created]), secretMetadata([{ ...created, time: later }], { uid: "uid-2" })],
  [
    "it is restored by a backup tool that writes under its own name",
    secretMetadata([created]),
    secretMetadata([{ manager: "velero-server", time: later }], { uid: "uid-2" }),
  ],
  ["it is restored without managedFields", secretMetadata([created]), secretMetadata([], { uid: "uid-2" })],
  ["its managedFields come back", secretMetadata([]), secretMetadata([created])],
];

const changed: readonly Case[] = [
  ["its writer writes again, and nothing else is new", secretMetadata([created]), secretMetadata([{ ...created, time: later }])],
  [
    "somebody else changes a value",
    secretMetadata([{ ...created, data: ["a", "url"] }]),
    secretMetadata([
      { ...created, data: ["a"] },
      { manager: "kubectl-patch", time: later },
    ]),
  ],
  ["somebody else changes the only value", secretMetadata([created]), secretMetadata([emptied, { manager: "kubectl-edit", time: later }])],
  [
    "a third one changes a value that a second one had changed",
    secretMetadata([emptied, { manager: "kubectl-patch" }]),
    secretMetadata([emptied, { manager: "kubectl-edit", time: later }]),
  ],
  ["a key comes", secretMetadata([created]), secretMetadata([{ ...created, data: ["ca.crt", "url"] }])],
  ["a key goes", secretMetadata([{ ...created, data: ["ca.crt", "url"] }]), secretMetadata([created])],
  ["kubectl applies another value", secretMetadata([applied()], copy("one")), secretMetadata([applied({}, later)], copy("two"))],
  [
    "a manifest with stringData is applied on the server's side with another value",
    secretMetadata([{ manager: "kubectl", operation: "Apply", data: [], rest: { "f:stringData": { "f:url": {} } } }]),
    secretMetadata([{ manager: "kubectl", operation: "Apply", time: later, data: [], rest: { "f:stringData": { "f:url": {} } } }]),
  ],
  [
    "cert-manager renews a certificate: its annotations stay",
    tool("cert-manager.io/certificate-name", "shop"),
    tool("cert-manager.io/certificate-name", "shop", later),
  ],
  [
    "External Secrets brings other data: its hash of them is new",
    tool("reconcile.external-secrets.io/data-hash", "abc"),
    tool("reconcile.external-secrets.io/data-hash", "def", later),
  ],
  [
    "Reflector copies a newer version",
    tool("reflector.v1.k8s.emberstack.com/reflected-version", "17"),
    tool("reflector.v1.k8s.emberstack.com/reflected-version", "18", later),
  ],
  [
    "it is deleted and made anew with other keys",
    secretMetadata([created]),
    secretMetadata([{ ...created, data: ["dsn"] }], { uid: "uid-2" }),
  ],
  [
    "it is made anew, and its writer's hash of the data is another one",
    tool("reconcile.external-secrets.io/data-hash", "abc"),
    { ...tool("reconcile.external-secrets.io/data-hash", "def", later), uid: "uid-2" },
  ],
  [
    "its writer changes a value after somebody else has labelled it",
    secretMetadata([created, labelled], { labels: { team: "a" } }),
    secretMetadata([{ ...created, time: later }, labelled], { labels: { team: "a" } }),
  ],
];

describe("nothing changed in the data, as far as can be seen", () => {
  test.each(nothing)("%s", (_, before, after) => {
    expect(hasNewData(observeSecret(before), observeSecret(after))).toBe(false);
  });
});

describe("the data changed", () => {
  test.each(changed)("%s", (_, before, after) => {
    const [known, now] = [observeSecret(before), observeSecret(after)];
    expect(hasNewData(known, now)).toBe(true);
    expect(versionOf(now)).not.toBe(versionOf(known));
    expect(hasNewData(now, now)).toBe(false);
  });
});

/** Each is a limit of the metadata, listed in docs/adr/0008-secrets-by-their-writers.md: whoever can do better turns it over. */
const unseen: readonly Case[] = [
  ["a second value within the same second", secretMetadata([created]), secretMetadata([created], { resourceVersion: "9" })],
  ["other data under the same keys in a Secret that was made anew", secretMetadata([created]), secretMetadata([created], { uid: "uid-2" })],
  [
    "a value that is changed together with an annotation that does not describe it",
    tool("example.com/refreshed-at", "1"),
    tool("example.com/refreshed-at", "2", later),
  ],
  ["a value of a Secret without managedFields", secretMetadata([]), secretMetadata([], { resourceVersion: "9" })],
];

test.each(unseen)("what cannot be seen: %s", (_, before, after) => {
  expect(hasNewData(observeSecret(before), observeSecret(after))).toBe(false);
});

test("writers beyond those that are looked at change nothing at every look", () => {
  const many = Array.from({ length: 40 }, (_, index) => ({ manager: `tool-${index}`, data: [`key-${index}`] }));
  const known = observeSecret(secretMetadata(many));
  expect(known.writers.length).toBeLessThan(40);
  expect(hasNewData({ ...known, writers: known.writers.map(toKnown) }, observeSecret(secretMetadata(many)))).toBe(false);
});

test("what kubectl has copied of the data into an annotation is not looked at", () => {
  const facts = (text: string) => observeSecret(secretMetadata([applied()], copy(text)));
  expect(facts("one")).toEqual(facts("two"));
});

test("no value and no name of a key is remembered", () => {
  const { writers: _writers, ...facts } = observeSecret(secretMetadata([{ ...created, data: ["top-secret-name"] }]));
  expect(JSON.stringify(facts)).not.toContain("top-secret-name");
});
