import { randomBytes } from "node:crypto";
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { REQUEST_ACTIONS, REQUESTS } from "../api/requests.ts";
import type { RequestAction } from "../api/requests.ts";
import { readApp } from "./app.ts";
import type { App } from "./app.ts";
import { addAppCommand, toMilliseconds, withCluster } from "./cluster.ts";
import type { Cluster, ClusterFlags, CommandContext } from "./cluster.ts";
import { readHistory } from "./history-command.ts";
import { stalledReason, troubleOf } from "./release-end.ts";
import { ask, awaitAnswer } from "./request.ts";
import type { Answered, Asked } from "./request.ts";
import { lookAtOperator, progressLine } from "./status-text.ts";
import { CommandError } from "./terminal.ts";
import type { ExitStatus, Terminal } from "./terminal.ts";

interface RequestFlags extends ClusterFlags {
  readonly id?: string;
  readonly wait: boolean;
  readonly timeout: number;
  readonly full?: true;
  readonly to?: string;
}

/** Adds the verbs: one for each thing that users can ask the operator for. */
export function addRequestCommands(program: Command, context: CommandContext): void {
  for (const action of REQUEST_ACTIONS) {
    const command = addAppCommand(program, action, descriptionOf(action))
      .option("--id <id>", "the id of the request; the same id is answered once (default: a fresh one)", toId)
      .option("--no-wait", "do not wait for the operator's answer")
      .addOption(new Option("--timeout <duration>", "how long to wait for it").argParser(toMilliseconds).default(30_000, "30s"));
    if (action === "promote") command.option("--full", "give the candidate to all users at once, as promote-full does");
    if (action === "rollback") command.option("--to <release>", "the release, or its number in history (default: the one before)");
    command.action(async (name: string, flags: RequestFlags) => {
      const meant = flags.full === true ? "promote-full" : action;
      context.finish(
        await withCluster(flags, context.dependencies, async (cluster) => run(cluster, { name, action: meant, flags }, context)),
      );
    });
  }
}

function descriptionOf(action: RequestAction): string {
  if (action === "rollback") return "return to the release before, or to the one of --to, without steps";
  const text = REQUESTS[action].replace(/\.$/u, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function toId(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/u.test(text))
    throw new InvalidArgumentError("must be at most 40 letters, digits, '-', '_' and '.'");
  return text;
}

interface Wanted {
  readonly name: string;
  readonly action: RequestAction;
  readonly flags: RequestFlags;
}

async function run(cluster: Cluster, { name, action, flags }: Wanted, { terminal, dependencies }: CommandContext): Promise<ExitStatus> {
  const { clock } = dependencies;
  const app = await readApp(cluster, name);
  if (app.isDeleted) throw new CommandError(`${name} is being deleted: nothing can be asked of it any more`);
  const release = flags.to === undefined ? undefined : await resolveRelease(cluster, app, flags.to);
  const asked = { action, id: flags.id ?? freshId(clock.wall()), release };
  const written = await ask(cluster, app, asked);
  if (!flags.wait && !written.answer) {
    terminal.out(`${name}: asked for ${action} (id ${asked.id}); scalable-app status ${name} -n ${app.namespace} says what became of it\n`);
    return 0;
  }
  const answered = await awaitAnswer(cluster, written, asked, { clock, timeoutMs: flags.timeout });
  return report(answered, { asked, timeoutMs: flags.timeout, wasAnswered: written.answer !== undefined }, terminal);
}

/** Ids sort by time, and two people who ask at the same moment ask twice. */
function freshId(now: number): string {
  return `${new Date(now).toISOString().slice(0, 19).replaceAll(/[-:]/gu, "")}Z-${randomBytes(3).toString("hex")}`;
}

/** The id of a release that the user named by its id or by its number. */
async function resolveRelease(cluster: Cluster, app: App, named: string): Promise<string> {
  if (/^[0-9a-f]{10}$/u.test(named)) return named;
  const history = await readHistory(cluster, app);
  const number = named.replace(/^#/u, "");
  const found = history.find((entry) => String(entry.number) === number);
  if (found) return found.release;
  const stored = history.map((entry) => `${entry.number} (${entry.release})`).join(", ") || "none";
  throw new CommandError(`${app.name} has no stored release ${named}: it has ${stored}`);
}

interface Reported {
  readonly asked: Asked;
  readonly timeoutMs: number;
  readonly wasAnswered: boolean;
}

function report({ app, answer }: Answered, { asked, timeoutMs, wasAnswered }: Reported, terminal: Terminal): ExitStatus {
  const { action, id } = asked;
  if (!answer) {
    terminal.error(`${app.name}: ${silence(app, `${action} (id ${id})`, timeoutMs)}\n`);
    return 2;
  }
  const before = wasAnswered ? `, as answered before (id ${id})` : "";
  if (answer.outcome === "refused") {
    terminal.error(`${app.name}: ${action} refused${before}: ${answer.message ?? "the operator gives no reason"}\n`);
    return 1;
  }
  terminal.out(`${app.name}: ${action} done${before}\n${progressLine(app)}\n`);
  return 0;
}

function silence(app: App, request: string, timeoutMs: number): string {
  const asked = `the operator has not answered ${request} within ${timeoutMs / 1000}s`;
  if (stalledReason(app) === "InvalidSpec") return `${asked}, for the spec is refused: correct it first. ${troubleOf(app)}`;
  return `${asked}. The request stands, and is answered once the operator looks: ${lookAtOperator}, kubectl logs of the one that leads says why it does not`;
}
