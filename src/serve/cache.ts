/** What was worked out lately, kept while there is room: the one that was asked for longest ago goes first. */

export interface Cache<A> {
  readonly get: (key: string) => A | undefined;
  readonly put: (key: string, value: A) => void;
  /** Of all that is kept. */
  readonly weight: () => number;
}

/** `weighs` says what a value takes of the room; one that takes all of it is not kept. */
export const cacheOf = <A>(room: number, weighs: (value: A) => number): Cache<A> => {
  // In the order of asking: a map keeps that of insertion.
  const kept = new Map<string, A>();
  let weight = 0;
  const drop = (key: string): void => {
    const value = kept.get(key);
    if (value === undefined) return;
    kept.delete(key);
    weight -= weighs(value);
  };
  return {
    get: (key) => {
      const value = kept.get(key);
      if (value === undefined) return undefined;
      kept.delete(key);
      kept.set(key, value);
      return value;
    },
    put: (key, value) => {
      drop(key);
      const taken = weighs(value);
      if (taken > room) return;
      kept.set(key, value);
      weight += taken;
      for (const oldest of kept.keys()) {
        if (weight <= room) return;
        drop(oldest);
      }
    },
    weight: () => weight,
  };
};
