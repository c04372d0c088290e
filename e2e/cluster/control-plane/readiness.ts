import { request } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { logTail } from "./component.ts";
import type { Component } from "./component.ts";

/** Whom to ask, as whom. */
export interface Access {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** Waits until a GET of `path` answers 200; fails at once when one of the components ends, and after `timeoutMs`. */
export async function waitForOk(access: Access, path: string, components: readonly Component[], timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await get(access, path);
    if (answer === "200") return;
    for (const component of components) {
      const end = component.ended();
      if (end !== undefined) throw new Error(`${component.name} ${end}; it said last:\n${logTail(component.logFile)}`);
    }
    if (Date.now() > deadline) {
      const logs = components.map((component) => `${component.name}:\n${logTail(component.logFile, 5)}`).join("\n");
      throw new Error(`${path} did not answer 200 within ${timeoutMs / 1000} s but ${answer}; what was said last:\n${logs}`);
    }
    await delay(50);
  }
}

/** Status of a GET, or the error's code while nobody answers. */
async function get(access: Access, path: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { ca: access.ca, headers: { authorization: `Bearer ${access.token}` }, agent: false, timeout: 5000 };
    const sent = request(new URL(path, access.server), options, (response) => {
      response.resume();
      response.once("end", () => resolve(String(response.statusCode)));
      response.once("error", (error) => resolve(error.message));
    });
    sent.once("timeout", () => sent.destroy(new Error("no answer in 5 s")));
    sent.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    sent.end();
  });
}
