import { formatTable } from "../figures.ts";
import type { BareWriter } from "./bare-writer.ts";
import type { Cost, Figures } from "./measure.ts";

/** An operator's figures beside what its control plane can bear. */
export interface Result extends Figures {
  readonly name: string;
  readonly bare: BareWriter;
}

/** Every figure of every operator, as a table. */
export function report(results: readonly Result[]): string {
  const [one] = results;
  if (!one) return "";
  const row = (name: string, value: (result: Result) => string) => [name, ...results.map(value)];
  const rows = [
    ["figure", ...results.map(({ name }) => name)],
    row("children per app, stored release included", ({ create }) => perApp(create, create.created)),
    row("requests per create", ({ create }) => perApp(create, create.total)),
    row("requests per change of a variable", ({ envChange }) => perApp(envChange, envChange.total)),
    row("requests per release", ({ release }) => perApp(release, release.total)),
    row(
      "status writes per create, per release",
      ({ create, release }) => `${perApp(create, create.statusWrites)}, ${perApp(release, release.statusWrites)}`,
    ),
    row("events per create", ({ create }) => perApp(create, create.events)),
    row("bulk: children/s, of the bare writer's", ({ childrenPerSecond, bare }) => {
      const ratio = (100 * childrenPerSecond) / bare.childrenPerSecond;
      return `${childrenPerSecond.toFixed(0)} of ${bare.childrenPerSecond.toFixed(0)} (${ratio.toFixed(0)} %)`;
    }),
    ...memoryRows(results),
    row(`restart at ${one.restart.apps} apps: seconds, writes, peak MiB`, ({ restart }) =>
      [restart.seconds.toFixed(1), restart.writes, restart.peak.toFixed(0)].join(", "),
    ),
  ];
  const unlimited = results.some(({ isLimited }) => !isLimited) ? ["No memory group could be made: nothing was limited."] : [];
  return [formatTable(rows), ...unlimited].join("\n");
}

function memoryRows(results: readonly Result[]): readonly (readonly string[])[] {
  const longest = results.reduce((most, { memory }) => Math.max(most, memory.length), 0);
  return Array.from({ length: longest }, (_, index) => {
    const at = results[0]?.memory[index];
    const cells = results.map(({ memory }) => `${memory[index]?.rss.toFixed(0)} (${memory[index]?.peak.toFixed(0)})`);
    const when = index === longest - 1 ? ", after the restart" : index === longest - 2 ? ", past every deadline" : "";
    return [`RSS (peak) in MiB at ${at?.apps} apps${when}`, ...cells];
  });
}

function perApp({ apps }: Cost, count: number): string {
  return (count / apps).toFixed(1);
}
