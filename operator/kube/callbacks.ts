import type { IndexFunction, InformerEvent } from "./store.ts";

/** Foreign code that an informer calls: what it throws is counted and never stops the informer. */
export interface Callbacks {
  add(handler: (event: InformerEvent) => void): void;
  emit(events: readonly InformerEvent[]): void;
  /** The action's result, or the fallback when it throws. */
  guard<T>(action: () => T, fallback: T): T;
  /** The same index functions; an object that one of them cannot read is not in that index. */
  guardIndexes(indexes: Readonly<Record<string, IndexFunction>>): Record<string, IndexFunction>;
  errors(): number;
}

/** Makes an empty set of callbacks. */
export function createCallbacks(): Callbacks {
  const handlers: ((event: InformerEvent) => void)[] = [];
  let errors = 0;

  function guard<T>(action: () => T, fallback: T): T {
    try {
      return action();
    } catch {
      errors += 1;
      return fallback;
    }
  }

  return {
    add: (handler) => void handlers.push(handler),
    emit(events) {
      for (const event of events) for (const handler of handlers) guard(() => handler(event), undefined);
    },
    guard,
    guardIndexes(indexes) {
      const guarded = Object.entries(indexes).map(([name, index]): [string, IndexFunction] => [
        name,
        (object) => guard(() => index(object), []),
      ]);
      return Object.fromEntries(guarded);
    },
    errors: () => errors,
  };
}
