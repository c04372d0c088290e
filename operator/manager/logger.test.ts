import { describe, expect, test } from "vitest";

import { createLogger, formatPretty } from "./logger.ts";
import type { Logger } from "./logger.ts";

const planted = 'hunter2-S3cr3t/+="quoted"';

interface Captured {
  readonly logger: Logger;
  readonly text: () => string;
}

function capture(logFormat: "json" | "pretty" = "json"): Captured {
  const lines: string[] = [];
  const logger = createLogger({ logLevel: "trace", logFormat }, { write: (line: string) => void lines.push(line) });
  return { logger, text: () => lines.join("") };
}

describe("the logger", () => {
  test("writes constant message, keys, level and time as JSON", () => {
    const { logger, text } = capture();
    logger.info({ namespace: "shop", count: 3 }, "cache synced");
    const record: unknown = JSON.parse(text());
    expect(record).toEqual({ level: "info", time: expect.stringMatching(/^\d{4}-.*Z$/), namespace: "shop", count: 3, msg: "cache synced" });
  });

  test("writes plain lines for people", () => {
    const { logger, text } = capture("pretty");
    logger.warn({ kind: "Pod", count: 3, nested: { a: 1 } }, "cache synced");
    expect(text()).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}cache synced kind=Pod count=3 nested=\{"a":1\}\n$/);
  });

  test("keeps a line that is no record", () => {
    expect(formatPretty("not JSON\n")).toBe("not JSON\n");
  });

  test.each(["json", "pretty"] as const)("cuts secret keys out at any depth it promises (%s)", (format) => {
    const { logger, text } = capture(format);
    logger.info({ password: planted }, "one");
    logger.info({ object: { data: { url: planted } } }, "two");
    logger.info({ request: { headers: { accept: planted } } }, "three");
    logger.info({ a: { b: { c: { token: planted } } } }, "four");
    expect(text()).not.toContain("hunter2");
    expect(text()).toContain("four");
  });

  test.each([
    ["a URL's password", "postgres://shop:pl4nted@db.shop.svc:5432/shop", "postgres://shop:[redacted]@db.shop.svc:5432/shop"],
    ["a password with @ in a URL", "redis://:pl4nted@pl4nted@cache:6379", "redis://:[redacted]@cache:6379"],
    ["a bearer token", "Authorization: Bearer pl4nted.pl4nted-pl4nted", "Authorization: Bearer [redacted]"],
    ["a service account's token", "token eyJhbGciOiJSUzI1NiJ9.pl4ntedpl4nted.pl4nted is bad", "token [redacted] is bad"],
    ["a DSN's password", "host=db password=pl4nted user=shop", "host=db password=[redacted] user=shop"],
  ])("removes %s that nobody registered", (_what, text, clean) => {
    const captured = capture();
    captured.logger.info(text);
    expect(captured.text()).not.toContain("pl4nted");
    expect(captured.text()).toContain(clean);
  });

  test.each(["json", "pretty"] as const)("scrubs an error, its cause and what a child logger carries (%s)", (format) => {
    const { logger, text } = capture(format);
    const url = "redis://:pl4nted@cache:6379";
    logger.child({ bound: url }).error({ error: new Error(`connect ${url}`, { cause: new Error(url) }) }, "connect failed");
    expect(text()).not.toContain("pl4nted");
    expect(text().match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test("removes a private key", () => {
    const { logger, text } = capture();
    logger.error({ error: new Error("-----BEGIN EC PRIVATE KEY-----\npl4nted\n-----END EC PRIVATE KEY-----\n") }, "bad key");
    expect(text()).not.toContain("pl4nted");
  });

  test("leaves harmless text and addresses as they are", () => {
    const { logger, text } = capture();
    const harmless = "GET https://10.0.0.1:6443/apis/apps/v1/deployments?limit=500 tokens=3 bearer of news";
    logger.info({ harmless }, "request");
    expect(text()).toContain(harmless);
  });
});
