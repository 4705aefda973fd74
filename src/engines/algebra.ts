/**
 * The kernels' operations by the names that formulas use: `const { add, multiply, total } = algebra(k)`. Entry by entry
 * and broadcasting where two tensors meet, as `zip` does.
 */
import { scalar, sizeOf } from "../tensor/index.js";
import type { Binary, Primitives, Unary } from "./engine.js";

type Unaries<T> = Readonly<Record<Unary, (x: T) => T>>;
type Binaries<T> = Readonly<Record<Binary, (a: T, b: T) => T>>;

/** Kernels by the names that formulas use. */
export interface Algebra<T> extends Unaries<T>, Binaries<T> {
  /** A number of the formula, as a tensor of shape []. */
  readonly number: (value: number) => T;
  /** x * by */
  readonly scale: (x: T, by: number) => T;
  /** x + by */
  readonly shift: (x: T, by: number) => T;
  /** 1 where a mask is 0, and 0 where it is 1. */
  readonly not: (mask: T) => T;
  /** `a` where a mask is 1, `b` where it is 0; both finite. */
  readonly where: (mask: T, a: T, b: T) => T;
  /** Sum along the axes given, each kept as length 1. */
  readonly sumOver: (x: T, axes: readonly number[]) => T;
  /** Largest entry along the axes given, each kept as length 1. */
  readonly largestOver: (x: T, axes: readonly number[]) => T;
  /** Sum of all entries, shape []. */
  readonly total: (x: T) => T;
  /** Mean of all entries, shape []; 0 of no entry. */
  readonly mean: (x: T) => T;
}

/** The names of formulas, over an engine's kernels. */
export const algebra = <T>(k: Primitives<T>): Algebra<T> => {
  const unary =
    (op: Unary) =>
    (x: T): T =>
      k.map(op, x);
  const binary =
    (op: Binary) =>
    (a: T, b: T): T =>
      k.zip(op, a, b);
  const [add, multiply] = [binary("add"), binary("multiply")];
  const scale = (x: T, by: number): T => k.affine(x, by, 0);
  const not = (mask: T): T => k.affine(mask, -1, 1);
  const allAxes = (x: T): readonly number[] => k.shapeOf(x).map((_, axis) => axis);
  const total = (x: T): T => k.reshape(k.reduce("sum", x, allAxes(x)), []);
  return {
    add,
    subtract: binary("subtract"),
    multiply,
    divide: binary("divide"),
    maximum: binary("maximum"),
    minimum: binary("minimum"),
    less: binary("less"),
    equal: binary("equal"),
    negate: unary("negate"),
    absolute: unary("absolute"),
    sign: unary("sign"),
    square: unary("square"),
    squareRoot: unary("squareRoot"),
    reciprocal: unary("reciprocal"),
    reciprocalOrZero: unary("reciprocalOrZero"),
    exponential: unary("exponential"),
    logarithm: unary("logarithm"),
    relu: unary("relu"),
    positive: unary("positive"),
    number: (value) => k.constant(scalar(value)),
    scale,
    shift: (x, by) => k.affine(x, 1, by),
    not,
    where: (mask, a, b) => add(multiply(mask, a), multiply(not(mask), b)),
    sumOver: (x, axes) => k.reduce("sum", x, axes),
    largestOver: (x, axes) => k.reduce("maximum", x, axes),
    total,
    mean: (x) => scale(total(x), 1 / Math.max(1, sizeOf(k.shapeOf(x)))),
  };
};
