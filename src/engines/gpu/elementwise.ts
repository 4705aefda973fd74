/**
 * Entry-by-entry kernels. Cost of each alone: 4 bytes read an input and 4 written an entry, one operation; the plan
 * joins chains of them, and then each array is read once and only the last result written.
 */
import { type Shape, sameShape, scalar, sizeOf, type Tensor } from "../../tensor/index.js";
import type { Binary, Primitives, Unary } from "../engine.js";
import type { Access, GpuTensor, Tracer } from "./plan.js";
import { literal } from "./source.js";

// Written so that NaN passes through `relu`: a training run that diverges must be seen to.
const unary: Readonly<Record<Unary, string>> = {
  negate: "0.0 - $0",
  absolute: "Math.abs($0)",
  sign: "$0 > 0.0 ? 1.0 : ($0 < 0.0 ? -1.0 : 0.0)",
  square: "$0 * $0",
  squareRoot: "Math.sqrt($0)",
  reciprocal: "1.0 / $0",
  reciprocalOrZero: "$0 == 0.0 ? 0.0 : 1.0 / $0",
  exponential: "Math.exp($0)",
  logarithm: "Math.log($0)",
  relu: "$0 < 0.0 ? 0.0 : $0",
  positive: "$0 > 0.0 ? 1.0 : 0.0",
};

const binary: Readonly<Record<Binary, string>> = {
  add: "$0 + $1",
  subtract: "$0 - $1",
  multiply: "$0 * $1",
  divide: "$0 / $1",
  maximum: "$0 < $1 ? $1 : $0",
  minimum: "$0 > $1 ? $1 : $0",
  less: "$0 < $1 ? 1.0 : 0.0",
  equal: "$0 == $1 ? 1.0 : 0.0",
};

const padded = (shape: Shape, rank: number): Shape => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];

/** The shape two shapes broadcast to, NumPy's rule; throws where they do not. */
export const broadcastShape = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [padded(a, rank), padded(b, rank)];
  return left.map((length, axis) => {
    const other = right[axis] ?? 1;
    if (length === other || other === 1) return length;
    if (length === 1) return other;
    throw new RangeError(`cannot broadcast [${a.join(" x ")}] with [${b.join(" x ")}]: axis ${axis} has lengths ${length} and ${other}`);
  });
};

/** How `shape` is read by an entry of `result`, neighbouring axes that behave alike being merged. */
export const accessOf = (shape: Shape, result: Shape): Access => {
  if (sizeOf(shape) === sizeOf(result)) return "same";
  const own = padded(shape, result.length);
  return result
    .map((length, axis) => ({ length, kept: own[axis] === length && length !== 1, stride: sizeOf(own.slice(axis + 1)) }))
    .filter(({ length }) => length !== 1)
    .reduce<readonly { readonly length: number; readonly kept: boolean; readonly stride: number }[]>((merged, axis) => {
      const last = merged.at(-1);
      return last !== undefined && last.kept === axis.kept
        ? [...merged.slice(0, -1), { length: last.length * axis.length, kept: axis.kept, stride: axis.stride }]
        : [...merged, axis];
    }, [])
    .map(({ length, kept, stride }) => [length, kept ? stride : 0] as const);
};

/** Numbers whose decimal text every backend reads as the same float; others go in as a constant. */
const writable = (value: number): boolean => Number.isFinite(value) && Math.abs(value) < 1e6 && !`${value}`.includes("e");

export const elementwise = (trace: Tracer): Pick<Primitives<GpuTensor>, "shapeOf" | "constant" | "reshape" | "map" | "affine" | "zip"> => {
  const number = (value: number): Tensor => scalar(value);
  return {
    shapeOf: ({ shape }) => shape,
    constant: trace.constant,
    reshape: (x, shape) => {
      if (sizeOf(shape) !== sizeOf(x.shape)) throw new RangeError(`cannot reshape [${x.shape.join(" x ")}] to [${shape.join(" x ")}]`);
      return { shape, handle: x.handle };
    },
    map: (op, x) => trace.pointwise(unary[op], x.shape, [x]),
    affine: (x, scale, shift) => {
      if (writable(scale) && writable(shift)) return trace.pointwise(`${literal(scale)} * $0 + ${literal(shift)}`, x.shape, [x]);
      const [s, t] = [trace.constant(number(scale)), trace.constant(number(shift))];
      return trace.pointwise("$1 * $0 + $2", x.shape, [x, s, t], ["same", accessOf([], x.shape), accessOf([], x.shape)]);
    },
    zip: (op, a, b) => {
      const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShape(a.shape, b.shape);
      return trace.pointwise(binary[op], shape, [a, b], [accessOf(a.shape, shape), accessOf(b.shape, shape)]);
    },
  };
};
