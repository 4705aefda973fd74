/**
 * A program takes and gives a flat list of tensors; people think in names. A layout is the ordered list of names and
 * shapes that turns one into the other, the same way at compile time and at run time.
 */
import type { Named } from "./named.js";
import type { Shape } from "./tensor.js";

/** One place of a layout. */
export interface Slot {
  readonly name: string;
  readonly shape: Shape;
}

/** Tensors in an order, by name and shape. */
export type Layout = readonly Slot[];

/** The layout of tensors, or of what describes them, in their order. */
export const layoutOf = (shaped: Named<{ readonly shape: Shape }>): Layout =>
  Object.entries(shaped).map(([name, { shape }]) => ({ name, shape }));

/** The shapes of a layout, in its order. */
export const shapesOf = (layout: Layout): readonly Shape[] => layout.map(({ shape }) => shape);

/** The values of a layout's names, in its order. Throws on a missing name: a mistake of this program, never of its user. */
export const flatten = <V>(layout: Layout, values: Named<V>): readonly V[] =>
  layout.map(({ name }) => {
    const value = values[name];
    if (value === undefined) throw new Error(`layout: nothing named ${name}`);
    return value;
  });

/** The reverse of `flatten`; entries past the layout's end are left alone. */
export const unflatten = <V>(layout: Layout, list: readonly V[]): Named<V> =>
  Object.fromEntries(
    layout.map(({ name }, index) => {
      const value = list[index];
      if (value === undefined) throw new Error(`layout: position ${index} (${name}) is missing`);
      return [name, value];
    }),
  );
