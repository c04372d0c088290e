import { assert as assertProperty, pre, property, string } from "fast-check";
import { describe, expect, test } from "vitest";

import { createLogger, formatPretty } from "./logger.ts";
import type { Logging } from "./logger.ts";

const planted = 'hunter2-S3cr3t/+="quoted"';

interface Captured extends Logging {
  readonly text: () => string;
}

function capture(logFormat: "json" | "pretty" = "json"): Captured {
  const lines: string[] = [];
  const logging = createLogger({ logLevel: "trace", logFormat }, { write: (line: string) => void lines.push(line) });
  return { ...logging, text: () => lines.join("") };
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

  test.each(["json", "pretty"] as const)("scrubs a known value from wherever it turns up (%s)", (format) => {
    const { logger, scrubber, text } = capture(format);
    scrubber.add(planted);
    logger.error({ error: new Error(`connect ${planted}`, { cause: new Error(planted) }) }, "connect failed");
    logger.info({ url: `https://x/?q=${encodeURIComponent(planted)}` }, "query");
    logger.info({ encoded: Buffer.from(planted).toString("base64") }, "encoded");
    logger.child({ bound: planted }).info(`said ${planted}`);
    const secretForms = ["hunter2", encodeURIComponent(planted), Buffer.from(planted).toString("base64").replace(/=+$/, "")];
    for (const form of secretForms) expect(text()).not.toContain(form);
    expect(text().match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(6);
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

  test("never lets a known value out, whatever its characters and wherever it stands", () => {
    assertProperty(
      property(string({ minLength: 6, maxLength: 40, unit: "binary" }), string(), (secret, around) => {
        pre(/[^\s\\"]{6}/.test(secret) && !`"[redacted]levltimsgb${around}`.includes(secret.slice(0, 3)));
        const { logger, scrubber, text } = capture();
        scrubber.add(secret);
        logger.info({ field: `${around}${secret}${around}` }, `failed on ${secret}`);
        expect(text()).not.toContain(secret);
        expect(text()).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
      { numRuns: 100 },
    );
  });

  test("forgets the oldest values instead of growing for ever", () => {
    const { scrubber } = capture();
    for (let index = 0; index < 5000; index++) scrubber.add(`rotated-token-${index}-end`);
    expect(scrubber.scrub("rotated-token-4999-end")).toBe("[redacted]");
    expect(scrubber.scrub("rotated-token-0-end")).toBe("rotated-token-0-end");
  });
});
