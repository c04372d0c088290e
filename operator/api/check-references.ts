import { CONTRACT_NAMES, contractVariables, isContractName } from "./contract-variables.ts";
import { whyMissing } from "./missing-variable.ts";
import { didYouMean } from "./nearest.ts";
import type { Problem } from "./problem.ts";
import type { EffectiveSpec, ScalableApp } from "./scalable-app.ts";
import { variableHolders } from "./variable-holders.ts";
import type { VariableHolder, VariableReader } from "./variable-holders.ts";
import { referencesIn } from "./variable-references.ts";

/**
 * That every `$(NAME)` has a value where it is read: Kubernetes gives the program the text itself otherwise. What an envFrom may bring is left
 * to the cluster, and so is what only some of the readers lack, see partialReferences.
 */
export function checkReferences({ spec }: ScalableApp): readonly Problem[] {
  return variableHolders(spec).flatMap((holder) => [...checkVariables(spec, holder), ...checkWords(spec, holder)]);
}

/** References that have a value in some of the components that read them, and are the text itself to the others. */
export function partialReferences({ spec }: ScalableApp): readonly Problem[] {
  return variableHolders(spec)
    .filter(({ readers }) => readers.length > 1)
    .flatMap((holder) =>
      textsOf(holder).flatMap((text) =>
        openReferences(spec, holder, text).flatMap(({ name, lacking: [first, ...others] }) => {
          // What none of them gets is refused.
          if (first === undefined || others.length + 1 === holder.readers.length) return [];
          const names = [first, ...others].map((reader) => reader.name).join(", ");
          const message = `refers to $(${name}), which stays the text itself in ${names}: it ${whyMissing(spec, name, first.group)}`;
          return [{ path: text.path, message }];
        }),
      ),
    );
}

/** A text that may refer to variables. */
interface Text {
  readonly path: string;
  readonly value: string;
  /** Where it is the value of a variable: its place in the list. */
  readonly index?: number;
}

function textsOf({ path, env, command, args }: VariableHolder): readonly Text[] {
  return [
    ...env.map(({ value = "" }, index) => ({ path: `${path}.env[${index}].value`, value, index })),
    ...command.map((value, index) => ({ path: `${path}.command[${index}]`, value })),
    ...args.map((value, index) => ({ path: `${path}.args[${index}]`, value })),
  ];
}

function checkVariables(spec: EffectiveSpec, holder: VariableHolder): readonly Problem[] {
  if (holder.readers.length === 0 || mayBeBroughtBySource(spec, holder)) return [];
  const { path, env, readers } = holder;
  return env.flatMap(({ name: variable, value = "" }, index) => {
    const known = knownBefore(spec, holder, index);
    // So a container beside the app asks for one of ours under its own name.
    const asked = (name: string) => holder.of === "container" && value === `$(${variable})` && given(spec, readers).has(name);
    return referencesIn(value)
      .filter((name) => !known.has(name) && !asked(name) && !name.startsWith("KUBERNETES_"))
      .map((name) => ({
        path: `${path}.env[${index}].value`,
        message: unresolved(spec, name, { known, holder, later: env.slice(index) }),
      }));
  });
}

/** What a variable may refer to: what stands before it, and of ours what any of the readers gets. */
function knownBefore(spec: EffectiveSpec, { of, env, readers }: VariableHolder, index: number): ReadonlySet<string> {
  const own = env.map(({ name }) => name);
  const before = of === "component" ? spec.env.map(({ name }) => name) : [];
  // A variable of ours that the user sets too is left to the user, and stands where the user's stands.
  const ours = [...given(spec, readers), ...before].filter((name) => !own.includes(name));
  return new Set([...ours, ...own.slice(0, index)]);
}

function given(spec: EffectiveSpec, readers: readonly VariableReader[]): ReadonlySet<string> {
  return new Set(readers.flatMap(({ group }) => contractVariables(spec, group)));
}

/** A key of envFrom can be referred to as well, and only the cluster knows which there are. */
function mayBeBroughtBySource(spec: EffectiveSpec, { of, envFrom, readers }: VariableHolder): boolean {
  if (envFrom.length > 0) return true;
  if (of === "component") return spec.envFrom.length > 0;
  return of === "app" && readers.some((reader) => reader.envFrom.length > 0);
}

interface Known {
  readonly holder: VariableHolder;
  readonly known: ReadonlySet<string>;
  readonly later: VariableHolder["env"];
}

function unresolved(spec: EffectiveSpec, name: string, { holder, known, later }: Known): string {
  if (later.some((other) => other.name === name)) return `refers to $(${name}), which is set later in the list: move ${name} before it`;
  const [first] = holder.readers;
  if (first !== undefined && isContractName(name)) return `refers to $(${name}), which ${whyMissing(spec, name, first.group)}`;
  return `refers to $(${name}), which no variable before it sets${didYouMean(name, [...known, ...CONTRACT_NAMES])}: correct the name, add the variable before it, or write $$(${name}) for the text itself`;
}

/** Words of a command may hold `$(command)` of a shell, so that only names of ours are looked at. */
function checkWords(spec: EffectiveSpec, holder: VariableHolder): readonly Problem[] {
  return textsOf(holder)
    .filter(({ index }) => index === undefined)
    .flatMap((text) =>
      openReferences(spec, holder, text)
        .filter(({ lacking }) => lacking.length === holder.readers.length)
        .flatMap(({ name, lacking: [first] }) =>
          first === undefined ? [] : [{ path: text.path, message: `refers to $(${name}), which ${whyMissing(spec, name, first.group)}` }],
        ),
    );
}

interface OpenReference {
  readonly name: string;
  /** Those of the readers that have not the variable. */
  readonly lacking: readonly VariableReader[];
}

/** The variables of ours that a text refers to, which no variable or source of the user's may stand for, with those who lack them. */
function openReferences(spec: EffectiveSpec, holder: VariableHolder, { value, index }: Text): readonly OpenReference[] {
  if (holder.of !== "app" && holder.envFrom.length > 0) return [];
  const variable = index === undefined ? undefined : holder.env[index]?.name;
  const isShared = holder.of !== "container";
  if (isShared && spec.envFrom.length > 0) return [];
  // A component's own variable of the same name replaces the app's.
  const isReplaced = (reader: VariableReader) => holder.of === "app" && reader.env.some(({ name }) => name === variable);
  const readers = holder.readers.filter((reader) => !isReplaced(reader) && (holder.of !== "app" || reader.envFrom.length === 0));
  const users = new Set([...holder.env, ...(isShared ? spec.env : [])].map(({ name }) => name));
  return referencesIn(value)
    .filter((name) => isContractName(name) && (!users.has(name) || (holder.of === "container" && value === `$(${variable})`)))
    .map((name) => ({ name, lacking: readers.filter(({ group }) => !contractVariables(spec, group).includes(name)) }));
}
