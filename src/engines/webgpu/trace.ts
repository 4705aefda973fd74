/** What a program of this engine comes to: launches of kernels over numbered arrays, in order. */
import type { Shape } from "../../tensor/index.js";
import { type Contraction, groupsOf, type Tile } from "./tile.js";

/** The engine's tensor: the array that holds it in a run. */
export interface WebGpuTensor {
  readonly shape: Shape;
  readonly array: number;
}

/** One kernel over three arrays. */
export interface Launch {
  readonly contraction: Contraction;
  /** Of `sizes` in the kernel's text, in order. */
  readonly sizes: readonly number[];
  readonly groups: readonly [number, number, number];
  readonly a: number;
  readonly b: number;
  readonly result: number;
  /** Of the result. */
  readonly shape: Shape;
}

/** What kernels are written against. Its list of launches is the only state, and dies with it. */
export interface Tracer {
  readonly launch: (
    contraction: Contraction,
    sizes: { readonly rows: number; readonly terms: number; readonly columns: number; readonly others: readonly number[] },
    factors: readonly [WebGpuTensor, WebGpuTensor],
    shape: Shape,
  ) => WebGpuTensor;
  readonly launches: readonly Launch[];
}

/** A tracer of a program of so many inputs, which are the first arrays. */
export const tracer = (inputs: number, tile: Tile, mostGroups: number): Tracer => {
  const launches: Launch[] = [];
  return {
    launches,
    launch: (contraction, { rows, terms, columns, others }, [a, b], shape) => {
      const { groups, fold } = groupsOf(tile, rows, columns, mostGroups);
      const result = inputs + launches.length;
      launches.push({ contraction, sizes: [rows, terms, columns, fold, ...others], groups, a: a.array, b: b.array, result, shape });
      return { shape, array: result };
    },
  };
};
