/** Entry-by-entry kernels: map, affine, zip with broadcasting. Costs one pass over the output. */
import { at, axisLength, type Shape, showShape, sizeOf, stridedPlace, type Tensor, unsafeTensor } from "../../tensor/index.js";
import type { Binary, Unary } from "../engine.js";

const sign = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : Number.NaN);

const unary: Readonly<Record<Unary, (x: number) => number>> = {
  negate: (x) => -x,
  absolute: Math.abs,
  sign,
  square: (x) => x * x,
  squareRoot: Math.sqrt,
  reciprocal: (x) => 1 / x,
  reciprocalOrZero: (x) => (x === 0 ? 0 : 1 / x),
  exponential: Math.exp,
  logarithm: Math.log,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  positive: (x) => (x > 0 ? 1 : 0),
};

const binary: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  less: (a, b) => (a < b ? 1 : 0),
  equal: (a, b) => (a === b ? 1 : 0),
};

const mapped = (x: Tensor, f: (value: number) => number): Tensor => {
  const data = new Float64Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(at(x.data, i));
  return unsafeTensor(x.shape, data);
};

export const map = (op: Unary, x: Tensor): Tensor => mapped(x, unary[op]);

export const affine = (x: Tensor, scale: number, shift: number): Tensor => mapped(x, (value) => scale * value + shift);

/** The shape both broadcast to: lengths agree, or one of them is 1 or missing. Throws, naming the axis, where they do not. */
export const broadcastShape = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const la = axisLength(a, axis - rank);
    const lb = axisLength(b, axis - rank);
    if (la !== lb && la !== 1 && lb !== 1) {
      throw new Error(`zip: axis ${axis} of ${showShape(a)} and ${showShape(b)} has lengths ${la} and ${lb}: they must agree, or one be 1`);
    }
    return la === 1 ? lb : la;
  });
};

/** Steps through `data` a broadcast axis at a time: 0 where the axis is repeated. */
const broadcastStrides = (shape: Shape, rank: number): readonly number[] => {
  const strides = new Array<number>(rank).fill(0);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = axisLength(shape, axis);
    strides[rank - shape.length + axis] = length === 1 ? 0 : step;
    step *= length;
  }
  return strides;
};

const strideAt = (strides: readonly number[], axis: number): number => strides[axis] ?? 0;

export const zip = (op: Binary, a: Tensor, b: Tensor): Tensor => {
  const f = binary[op];
  const shape = broadcastShape(a.shape, b.shape);
  const [strideA, strideB] = [broadcastStrides(a.shape, shape.length), broadcastStrides(b.shape, shape.length)];
  const data = new Float64Array(sizeOf(shape));
  const last = shape.length - 1;
  const columns = shape.at(-1) ?? 1;
  // Where a row begins follows from all axes but the last, along which both are walked.
  const outer = shape.slice(0, -1);
  const [stepA, stepB] = [strideAt(strideA, last), strideAt(strideB, last)];
  for (let row = 0; row * columns < data.length; row++) {
    const [fromA, fromB] = [stridedPlace(outer, strideA, row), stridedPlace(outer, strideB, row)];
    for (let column = 0; column < columns; column++)
      data[row * columns + column] = f(at(a.data, fromA + column * stepA), at(b.data, fromB + column * stepB));
  }
  return unsafeTensor(shape, data);
};
