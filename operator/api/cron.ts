/** The minutes, hours, days and months at which a cron expression comes, each in rising order. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  /** January is 1. */
  readonly months: readonly number[];
  /** Sunday is 0. */
  readonly weekdays: readonly number[];
  /** Whether the day of the month is left open ("*", "?"). Where both kinds of day are given, either one is enough. */
  readonly anyDay: boolean;
  readonly anyWeekday: boolean;
}

interface Field {
  readonly title: string;
  readonly min: number;
  readonly max: number;
  /** Names for the numbers from `min` on. */
  readonly names: readonly string[];
  /** A regular expression of one number or name. */
  readonly pattern: string;
}

const FIELDS = {
  minutes: { title: "minute", min: 0, max: 59, names: [], pattern: "0*[1-5]?[0-9]" },
  hours: { title: "hour", min: 0, max: 23, names: [], pattern: "0*(1?[0-9]|2[0-3])" },
  days: { title: "day", min: 1, max: 31, names: [], pattern: "0*([1-9]|[12][0-9]|3[01])" },
  months: {
    title: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    pattern: "(0*([1-9]|1[0-2])|[A-Za-z]{3})",
  },
  weekdays: {
    title: "weekday",
    min: 0,
    max: 6,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    pattern: "(0*[0-6]|[A-Za-z]{3})",
  },
} as const satisfies Readonly<Record<string, Field>>;

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** The longest cron expression, in characters. */
export const MAX_CRON_LENGTH = 100;

/** What a cron expression looks like; order of ranges, names and days that never come are left to `readCron`. */
export const CRON_PATTERN = new RegExp(
  `^(${Object.keys(MACROS).join("|")}|${Object.values(FIELDS)
    .map(({ pattern }) => listPattern(pattern))
    .join(" ")})$`,
);

function listPattern(value: string): string {
  const item = `([*?]|${value}(-${value})?)(/0*[1-9][0-9]{0,8})?`;
  return `${item}(,${item})*`;
}

/** What may stand in the five fields. */
export const CRON_SHAPE =
  "must be a cron expression as a CronJob takes it: minute 0-59, hour 0-23, day 1-31, month 1-12 or JAN-DEC, weekday 0-6 or SUN-SAT, with single spaces between, or @hourly, @daily, @weekly, @monthly, @yearly";

/** Reads a cron expression as CronJobs do (https://pkg.go.dev/github.com/robfig/cron/v3), or says what to change. */
export function readCron(expression: string): Cron | string {
  const macro = MACROS[expression];
  const words = (macro ?? expression).split(" ");
  const hint = words.length === 5 ? hintFor(words) : wordHint(expression);
  if (hint !== undefined) return hint;
  if (!CRON_PATTERN.test(expression)) return CRON_SHAPE;
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = Object.values(FIELDS).map((field, index) =>
    readList(words[index] ?? "", field),
  );
  const cron = { minutes, hours, days, months, weekdays, anyDay: isOpen(words[2]), anyWeekday: isOpen(words[4]) };
  return comes(cron) ? cron : `"${expression}" names a day that never comes: correct the day or the month`;
}

function wordHint(expression: string): string | undefined {
  if (expression.includes("TZ=")) return "must not name a time zone: remove TZ=, and set timeZone beside it";
  if (expression.startsWith("@every")) return "must name times, not an interval: write */5 * * * * instead of @every 5m";
  return undefined;
}

/** What people bring along from other schedulers, field by field. */
function hintFor(words: readonly string[]): string | undefined {
  return Object.values(FIELDS)
    .map((field, index) => fieldHint(words[index] ?? "", field))
    .find((hint) => hint !== undefined);
}

function fieldHint(text: string, field: Field): string | undefined {
  const at = `has "${text}" as ${field.title}`;
  if (/^L$|^L-|[0-9]L$|^[0-9]*W$|^LW$|#/u.test(text)) return `${at}: L, W and # are not known to CronJobs; name the days themselves`;
  if (field.title === "weekday" && /(^|[,-])0*7([,/-]|$)/u.test(text)) return `${at}, which must be 0-6 or SUN-SAT: write 0 for Sunday`;
  if (!new RegExp(`^${listPattern(field.pattern)}$`, "u").test(text)) return undefined;
  for (const item of text.split(",")) {
    const [from, to] = ends(item, field);
    if (from === undefined || to === undefined) return `${at}: names are ${field.names.join(", ").toUpperCase() || "not known there"}`;
    if (from > to) return `${at}, a range that ends before it begins: write it as two, such as ${from}-${field.max},${field.min}-${to}`;
  }
  return undefined;
}

/** First and last number of an item such as 5, 1-5, 5/15, MON-FRI or *; undefined where a name is not known. */
function ends(item: string, field: Field): readonly [number | undefined, number | undefined] {
  const [range = "", step] = item.split("/");
  if (range === "*" || range === "?") return [field.min, field.max];
  const [low = "", high] = range.split("-");
  const first = numberOf(low, field);
  return [first, high !== undefined ? numberOf(high, field) : step === undefined ? first : field.max];
}

function numberOf(text: string, field: Field): number | undefined {
  if (/^[0-9]+$/u.test(text)) return Number(text);
  const at = field.names.indexOf(text.toLowerCase());
  return at < 0 ? undefined : field.min + at;
}

function readList(text: string, field: Field): readonly number[] {
  const numbers = new Set<number>();
  for (const item of text.split(",")) {
    const [from = 0, to = -1] = ends(item, field);
    for (let number = from; number <= to; number += Number(item.split("/")[1] ?? 1)) numbers.add(number);
  }
  return [...numbers].toSorted((one, other) => one - other);
}

/** A field is left open by "*" alone, not by "*" with a step. */
function isOpen(text = ""): boolean {
  return text.split(",").some((item) => /^[*?](\/0*1)?$/u.test(item));
}

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function comes({ days, months, anyWeekday }: Cron): boolean {
  return !anyWeekday || months.some((month) => (days[0] ?? 32) <= (DAYS_OF_MONTH[month - 1] ?? 0));
}

/** The same times in the plainest form: lists of numbers, and "*" where a kind of day is left open. Every reader of cron agrees on it. */
export function plainCron(cron: Cron): string {
  const day = cron.anyDay ? "*" : cron.days.join(",");
  const weekday = cron.anyWeekday ? "*" : cron.weekdays.join(",");
  return [cron.minutes.join(","), cron.hours.join(","), day, cron.months.join(","), weekday].join(" ");
}

const DAY_MILLISECONDS = 86_400_000;
/** Four years and a day hold every combination of date and weekday that matters to a gap but 29 February. */
const DAYS_LOOKED_AT = 1462;

/** Seconds of the longest pause between two times of an expression, changes of the clock left out. */
export function longestGapSeconds(cron: Cron): number {
  const times = cron.hours.flatMap((hour) => cron.minutes.map((minute) => hour * 3600 + minute * 60));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const withinDay = Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  const days = Array.from({ length: DAYS_LOOKED_AT }, (_, day) => day).filter((day) => isOn(cron, new Date(day * DAY_MILLISECONDS)));
  const between = Math.max(1, ...days.slice(1).map((day, index) => day - (days[index] ?? 0)));
  return Math.max(withinDay, between * 86_400 - last + first);
}

function isOn(cron: Cron, date: Date): boolean {
  if (!cron.months.includes(date.getUTCMonth() + 1)) return false;
  const day = cron.days.includes(date.getUTCDate());
  const weekday = cron.weekdays.includes(date.getUTCDay());
  return cron.anyDay || cron.anyWeekday ? (cron.anyDay || day) && (cron.anyWeekday || weekday) : day || weekday;
}
