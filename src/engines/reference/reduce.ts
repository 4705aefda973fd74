/** Reductions that keep their axes as length 1, and the index of the smallest entry. */
import { at, axisLength, type Shape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";
import type { Reduction } from "../engine.js";

const reductions: Readonly<Record<Reduction, { readonly start: number; readonly join: (a: number, b: number) => number }>> = {
  sum: { start: 0, join: (a, b) => a + b },
  maximum: { start: Number.NEGATIVE_INFINITY, join: Math.max },
  minimum: { start: Number.POSITIVE_INFINITY, join: Math.min },
};

export const reduce = (op: Reduction, x: Tensor, axes: readonly number[]): Tensor => {
  const { start, join } = reductions[op];
  const reduced = axes.map((axis) => (axis < 0 ? x.shape.length + axis : axis));
  const missing = reduced.findIndex((axis) => axis < 0 || axis >= x.shape.length);
  if (missing >= 0) throw new Error(`reduce: axis ${axes[missing]} does not exist in ${showShape(x.shape)}`);
  const shape: Shape = x.shape.map((length, axis) => (reduced.includes(axis) ? 1 : length));
  const data = new Float64Array(sizeOf(shape)).fill(start);
  for (let i = 0; i < x.data.length; i++) {
    let rest = i;
    let target = 0;
    let step = 1;
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      const length = axisLength(x.shape, axis);
      if (!reduced.includes(axis)) {
        target += (rest % length) * step;
        step *= length;
      }
      rest = Math.floor(rest / length);
    }
    data[target] = join(at(data, target), at(x.data, i));
  }
  return unsafeTensor(shape, data);
};

export const argMinimum = (x: Tensor): Tensor => {
  if (x.shape.length === 0) throw new Error(`argMinimum: needs a last axis, got shape ${showShape(x.shape)}`);
  const columns = axisLength(x.shape, -1);
  const shape = [...x.shape.slice(0, -1), 1];
  const data = new Float64Array(sizeOf(shape));
  for (let row = 0; row < data.length; row++) {
    let best = 0;
    for (let column = 1; column < columns; column++) {
      if (at(x.data, row * columns + column) < at(x.data, row * columns + best)) best = column;
    }
    data[row] = best;
  }
  return unsafeTensor(shape, data);
};
