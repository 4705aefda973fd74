/** What a step reports: the loss and the parts of the objective, side by side in one row, so that it is read back at once. */
import type { Kernels } from "../engines/index.js";
import type { Objective } from "../metric/index.js";
import { generate, type Layout, type Named, named, sizeOf, type Tensor } from "../tensor/index.js";

/** The loss, and each part under the name that the objective gives it: a number, or a list where it has several. */
export type Observed = { readonly loss: number } & Readonly<Record<string, number | readonly number[]>>;

/** Names and shapes of a step's row, in order. */
export const observedLayout = (objective: Objective): Layout => [
  { name: "loss", shape: [] },
  ...Object.entries(objective.parts).map(([name, shape]) => ({ name, shape })),
];

/** Values side by side: [1, all their entries]. Each is put in its place and not multiplied: one that is no number spoils no other. */
export const inOneRow =
  <T>(k: Kernels<T>) =>
  (layout: Layout, values: Named<T>): T => {
    const columns = layout.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const { row } = layout.reduce<{ readonly row: T | undefined; readonly from: number }>(
      ({ row: before, from }, { name, shape }) => {
        const length = sizeOf(shape);
        const places = generate([1, length], (flat) => from + flat);
        const placed = k.scatter(k.reshape(named(values, name), [1, length]), k.constant(places), columns);
        return { row: before === undefined ? placed : k.zip("add", before, placed), from: from + length };
      },
      { row: undefined, from: 0 },
    );
    if (row === undefined) throw new Error("inOneRow: nothing to place");
    return row;
  };

/** Reads such a row. */
export const readObserved = (layout: Layout, row: Tensor): Observed => {
  const values = Array.from(row.data);
  const { read } = layout.reduce<{ readonly read: Named<number | readonly number[]>; readonly from: number }>(
    ({ read: before, from }, { name, shape }) => {
      const own = values.slice(from, from + sizeOf(shape));
      return { read: { ...before, [name]: shape.length === 0 ? (own[0] ?? Number.NaN) : own }, from: from + sizeOf(shape) };
    },
    { read: {}, from: 0 },
  );
  return { loss: Number.NaN, ...read };
};
