/** Named tensors, keyed by a dotted path such as `stage1.block0.conv1.weight`. */
export type Named<T> = Readonly<Record<string, T>>;

/** `weight` -> `conv1.weight`, for every name. */
export const prefixed = <A>(prefix: string, record: Named<A>): Named<A> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}.${name}`, value]));

/** The names under `prefix.`, without it. */
export const under = <A>(prefix: string, record: Named<A>): Named<A> =>
  Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, value]) => [name.slice(prefix.length + 1), value]),
  );

/** The value of a name that a layer's own specification promises. A missing one is a programming error. */
export const named = <A>(record: Named<A>, name: string): A => {
  const value = record[name];
  if (value === undefined) throw new Error(`no tensor named "${name}"; there are: ${Object.keys(record).join(", ") || "none"}`);
  return value;
};
