/**
 * The immutable tensor: a shape and row-major numbers that nobody writes to after construction.
 * Shape mistakes are values (`Either`) that name the axis.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, shapeError } from "../faults/index.js";

/** Lengths of the axes, the slowest first; [] is one number. */
export type Shape = readonly number[];

/** A typed array seen read-only. `Float64Array` and `Float32Array` are assignable to it. */
export interface Numbers {
  readonly length: number;
  readonly BYTES_PER_ELEMENT: number;
  readonly [index: number]: number;
  [Symbol.iterator](): IterableIterator<number>;
}

/** Numbers in row-major order, and their shape. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Numbers;
}

/** Number of entries of a shape; 1 for a scalar (`[]`). */
export const sizeOf = (shape: Shape): number => shape.reduce((product, length) => product * length, 1);

/** `data[index]` for indices known to be in range: the one place where that promise is made. */
export const at = (data: Numbers, index: number): number => data[index] as number;

/** Length of an axis; negative axes count from the end. 1 where the axis does not exist (as broadcasting sees it). */
export const axisLength = (shape: Shape, axis: number): number => shape[axis < 0 ? shape.length + axis : axis] ?? 1;

/** Where an entry lies, counted row by row in a shape, among numbers that are `strides` apart along each axis. */
export const stridedPlace = (shape: Shape, strides: ArrayLike<number>, entry: number): number => {
  let rest = entry;
  let place = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = axisLength(shape, axis);
    place += (rest % length) * (strides[axis] ?? 0);
    rest = Math.floor(rest / length);
  }
  return place;
};

/** Whether two shapes have the same axes, of the same lengths. */
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((length, axis) => length === b[axis]);

/** A shape as messages show it: `[2, 3]`. */
export const showShape = (shape: Shape): string => `[${shape.join(" x ")}]`;

/** Wraps numbers that already fit the shape. For callers that computed both; use `tensor` for outside data. */
export const unsafeTensor = (shape: Shape, data: Numbers): Tensor => ({ shape, data });

/** A tensor from outside numbers, copied, so that later writes to the source cannot be seen. */
export const tensor = (shape: Shape, values: ArrayLike<number>): E.Either<Fault, Tensor> => {
  const bad = shape.findIndex((length) => !Number.isInteger(length) || length < 0);
  if (bad >= 0) return E.left(shapeError(`axis ${bad} of ${showShape(shape)} is not a length: use a whole number, 0 or more`));
  return sizeOf(shape) === values.length
    ? E.right({ shape: [...shape], data: Float64Array.from(values) })
    : E.left(shapeError(`shape ${showShape(shape)} holds ${sizeOf(shape)} numbers, got ${values.length}`));
};

/** One number, of shape []. */
export const scalar = (value: number): Tensor => ({ shape: [], data: Float64Array.of(value) });

/** Numbers as a tensor of one axis, copied. */
export const vector = (values: ArrayLike<number>): Tensor => ({ shape: [values.length], data: Float64Array.from(values) });

/** A tensor of zeros. */
export const zeros = (shape: Shape): Tensor => ({ shape: [...shape], data: new Float64Array(sizeOf(shape)) });

/** A tensor of one value throughout. */
export const full = (shape: Shape, value: number): Tensor => ({ shape: [...shape], data: new Float64Array(sizeOf(shape)).fill(value) });

/** A tensor whose entry at flat index i is `f(i)`. */
export const generate = (shape: Shape, f: (flatIndex: number) => number): Tensor => ({
  shape: [...shape],
  data: Float64Array.from({ length: sizeOf(shape) }, (_, index) => f(index)),
});

/** The only number of a one-entry tensor. */
export const itemOf = (t: Tensor): number => at(t.data, 0);
