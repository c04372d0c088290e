import { describe, expect, test } from "vitest";
import { renderKubeconfig, renderTokenFile } from "./users.ts";

const admin = { name: "admin", groups: ["system:masters"], token: "t1" };
const somebody = { name: 'a "b", c', groups: ["one", "two"], token: "t2" };

describe("renderTokenFile", () => {
  test("has a line per user, with the groups as one quoted field", () => {
    expect(renderTokenFile([admin, somebody])).toBe(
      '"t1","admin","uid-admin","system:masters"\n"t2","a ""b"", c","uid-a ""b"", c","one,two"\n',
    );
  });
});

describe("renderKubeconfig", () => {
  test("selects one context that joins the server, its authority and the user", () => {
    const config: unknown = JSON.parse(renderKubeconfig("https://127.0.0.1:1", "PEM", admin));
    expect(config).toMatchObject({
      "current-context": "scalable-app-control-plane",
      clusters: [{ cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": "UEVN" } }],
      users: [{ name: "admin", user: { token: "t1" } }],
      contexts: [{ name: "scalable-app-control-plane", context: { user: "admin", namespace: "default" } }],
    });
  });
});
