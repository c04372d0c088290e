/** One connection to Redis, as CLIENT LIST reports it. */
export interface Connection {
  /** IP address of the client. */
  readonly address: string;
  /** What the client calls itself; empty where it does not. */
  readonly name: string;
  /** It waits in a blocking command. */
  readonly blocked: boolean;
  /** Its last command, such as "bzpopmin". */
  readonly command: string;
}

/** Reads the answer to CLIENT LIST; what is not a connection from another machine or process is left out. */
export function parseClientList(answer: string): readonly Connection[] {
  return answer.split("\n").flatMap((line) => {
    const fields = new Map(line.split(" ").map((field): [string, string] => cut(field, field.indexOf("="))));
    const from = fields.get("addr") ?? "";
    const address = from.slice(0, from.lastIndexOf(":")).replace(/^\[(.*)\]$/u, "$1");
    if (address === "") return [];
    const [flags = "", name = "", command = ""] = ["flags", "name", "cmd"].map((field) => fields.get(field));
    return [{ address, name, blocked: flags.includes("b"), command }];
  });
}

function cut(text: string, at: number): [string, string] {
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
