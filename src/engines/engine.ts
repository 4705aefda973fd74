/**
 * What an engine is. The mathematics of this project is written once, against `Kernels<T>`, T being the engine's own
 * tensor; an engine decides where the arithmetic runs and never changes a formula.
 *
 * A `Program` is a pure function over T that an engine compiles: kernels are called synchronously while it is traced
 * (once, for GPU.js and wasm; on every call, for the reference), and only reading a `Resident` is asynchronous. So a
 * whole training step can become one plan on the device, with parameters staying there between steps.
 *
 * Layouts: images [N, H, W, C]; convolution weights [KH, KW, Cin, Cout]; matrices row-major. Booleans and indices are
 * numbers (1 / 0; whole floats).
 */
import type * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import type { Shape, Tensor } from "../tensor/index.js";
import type { Geometry, Window } from "./geometry.js";

/** `positive` is 1 where x > 0, else 0; `sign(0)` is 0; `reciprocalOrZero(0)` is 0. */
export type Unary =
  | "negate"
  | "absolute"
  | "sign"
  | "square"
  | "squareRoot"
  | "reciprocal"
  | "reciprocalOrZero"
  | "exponential"
  | "logarithm"
  | "relu"
  | "positive";

/** Comparisons give 1 or 0. */
export type Binary = "add" | "subtract" | "multiply" | "divide" | "maximum" | "minimum" | "less" | "equal";

/** How numbers along axes become one. */
export type Reduction = "sum" | "maximum" | "minimum";

/** The kernels every engine must have. */
export interface Primitives<T> {
  readonly shapeOf: (x: T) => Shape;
  /** A fixed tensor of the program (a mask, an identity): frozen when the program is traced. */
  readonly constant: (t: Tensor) => T;
  /** The same numbers in another shape of the same size. */
  readonly reshape: (x: T, shape: Shape) => T;
  readonly map: (op: Unary, x: T) => T;
  /** scale * x + shift, with numbers fixed in the program. */
  readonly affine: (x: T, scale: number, shift: number) => T;
  /** Entry by entry, broadcasting lengths of 1 and missing leading axes, as NumPy does. Ranks up to 4. */
  readonly zip: (op: Binary, a: T, b: T) => T;
  /** Reduces the axes given, keeping each as length 1. An empty sum is 0. */
  readonly reduce: (op: Reduction, x: T, axes: readonly number[]) => T;
  /** Index of the smallest entry along the last axis, the first of several; [.., K] -> [.., 1]. */
  readonly argMinimum: (x: T) => T;
  /** [.., C1], [.., C2], .. -> [.., C1 + C2 + ..]: one after the other along the last axis; all other axes agree. */
  readonly concatenate: (parts: readonly T[]) => T;
  /** [.., C] -> [.., to - from]: what lies from `from` up to but not including `to` along the last axis. */
  readonly slice: (x: T, from: number, to: number) => T;
  /** [R, C] -> [C, R] */
  readonly transpose: (x: T) => T;
  /** Product of two matrices, either of them transposed first. */
  readonly matmul: (a: T, b: T, transposed?: { readonly a?: boolean; readonly b?: boolean }) => T;
  /**
   * [N, D] -> [N, N] of |e_i - e_j + shift|^2, the shift (0 unless given) being added to each component; D shift^2 on the
   * diagonal. Formed from the differences, so that nearly coincident points far from the origin keep their distance.
   */
  readonly squaredDistances: (x: T, shift?: number) => T;
  /** Weights [N, N] and x [N, D] -> [N, D]: row i is the sum over j of w_ij (x_i - x_j), formed from the differences. */
  readonly alongDifferences: (weights: T, x: T) => T;
  /** [N, M] and indices [N, K] -> [N, K]: out[i, k] = matrix[i, indices[i, k]]. */
  readonly pick: (matrix: T, indices: T) => T;
  /** Adjoint of `pick`: [N, K] and indices [N, K] -> [N, columns], summing where indices repeat. */
  readonly scatter: (values: T, indices: T, columns: number) => T;
  /**
   * Weights [N, M] >= 0 and uniforms [N, K] in [0, 1) -> indices [N, K]: the first column whose running weight
   * exceeds uniform * total; the last column of positive weight where rounding finds none; 0 where all are zero.
   */
  readonly sample: (weights: T, uniforms: T) => T;
  /** [N, H, W, Cin] * [KH, KW, Cin, Cout] -> [N, H', W', Cout], cross-correlation as in deep learning. */
  readonly convolve: (x: T, weights: T, geometry: Geometry) => T;
  /** Gradient of `convolve` in x, of shape `input`. */
  readonly convolveToInput: (dy: T, weights: T, geometry: Geometry, input: Shape) => T;
  /** Gradient of `convolve` in the weights, of shape `weights`. */
  readonly convolveToWeights: (x: T, dy: T, geometry: Geometry, weights: Shape) => T;
  readonly maxPool: (x: T, window: Window) => T;
  /** Gradient of `maxPool`: each dy goes to the first (row-major) largest entry of its window. */
  readonly maxPoolToInput: (x: T, dy: T, window: Window) => T;
  readonly averagePool: (x: T, window: Window) => T;
  readonly averagePoolToInput: (dy: T, window: Window, input: Shape) => T;
}

/** A batch normalised by its own statistics, and those. */
export interface BatchStatistics<T> {
  readonly y: T;
  /** [C] */
  readonly mean: T;
  /** [C], biased (divides by the count) */
  readonly variance: T;
}

/** Scalars of one Adam step, each of shape []: see `src/optim/adam.ts` for the formula. */
export interface AdamScalars<T> {
  readonly learningRate: T;
  /** 1 - beta1^t and 1 - beta2^t */
  readonly correction1: T;
  readonly correction2: T;
}

/** Adam's constants (Kingma and Ba, 2015); the decay of weights is added to the gradient. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** Kernels that follow from the primitives (`composed.ts` writes each down once); an engine may fuse them for speed. */
export interface Composed<T> {
  /** Batch normalisation over all axes but the last, with the batch's own statistics. */
  readonly batchNorm: (x: T, scale: T, shift: T, epsilon: number) => BatchStatistics<T>;
  readonly batchNormPull: (
    x: T,
    scale: T,
    mean: T,
    variance: T,
    epsilon: number,
    dy: T,
  ) => { readonly x: T; readonly scale: T; readonly shift: T };
  /** x * scale + shift, one scale and shift [C] a channel (last axis). */
  readonly channelAffine: (x: T, scale: T, shift: T) => T;
  /** relu(a + b) */
  readonly addRelu: (a: T, b: T) => T;
  /** Gradient of relu where `y` is its result: dy where y > 0, else 0. */
  readonly reluPull: (y: T, dy: T) => T;
  readonly adam: (
    parameter: T,
    gradient: T,
    first: T,
    second: T,
    scalars: AdamScalars<T>,
    settings: AdamSettings,
  ) => { readonly parameter: T; readonly first: T; readonly second: T };
}

/** Every kernel: what an engine must have, and what is made of that. */
export interface Kernels<T> extends Primitives<T>, Composed<T> {}

/** A tensor held where the engine computes. `release` it when no longer needed; reading does not release. */
export interface Resident {
  readonly shape: Shape;
  readonly read: TE.TaskEither<Fault, Tensor>;
  readonly release: () => void;
}

/** A compiled program: resident values in, resident values out. Inputs stay valid. `close` frees its memory. */
export interface Program {
  readonly run: (inputs: readonly Resident[]) => TE.TaskEither<Fault, readonly Resident[]>;
  readonly close: () => void;
}

/** What an engine is and where it runs. */
export interface EngineInfo {
  /** The name of its opener. */
  readonly name: string;
  /** Which backend really runs: `float64 loops`, `webasm`, `headlessgl`, ... */
  readonly backend: string;
  /** The device in words, and why not a better one, where that is known. */
  readonly device: string;
  /** Backends that `auto` passed over because they would draw on a CPU, each with its device in words. */
  readonly passedOver?: readonly string[];
  /** It is made for a GPU and computes on a CPU here. */
  readonly software?: boolean;
  /** Machine precision of its arithmetic: 2^-53 or 2^-24. */
  readonly roundOff: number;
}

/** Memory of a program, in bytes. */
export interface Measure {
  /** Of one run, all told: the program's own, its inputs and its results. */
  readonly needed: number;
  /** What is free now; Infinity where the device does not say what it has. */
  readonly available: number;
}

/** A place where programs over tensors run. T is what a program sees of a tensor there. */
export interface Engine<T> {
  readonly info: EngineInfo;
  readonly upload: (t: Tensor) => Resident;
  /** Compiles `program` for inputs of these shapes. It is called with the kernels and one T an input. */
  readonly compile: (
    shapes: readonly Shape[],
    program: (kernels: Kernels<T>, inputs: readonly T[]) => readonly T[],
  ) => TE.TaskEither<Fault, Program>;
  /**
   * Compiles `times` runs of a program as one, for engines where a run of its own costs: (carried, given 1, given 2, ..)
   * -> (carried, rest 1, rest 2, ..). The first `carried` outputs of a run are the first inputs of the next and never
   * leave the device. The same numbers as one run after another.
   */
  readonly compileRepeated?: (
    times: number,
    carried: number,
    shapes: readonly Shape[],
    program: (kernels: Kernels<T>, inputs: readonly T[]) => readonly T[],
  ) => TE.TaskEither<Fault, Program>;
  /**
   * What a program would take, without compiling it for use: before its inputs are uploaded, to choose a batch. The same
   * faults as `compile`, but for the memory.
   */
  readonly measure?: (
    shapes: readonly Shape[],
    program: (kernels: Kernels<T>, inputs: readonly T[]) => readonly T[],
  ) => E.Either<Fault, Measure>;
  /** Frees threads, contexts and memory, so that the process can end by itself. */
  readonly close: TE.TaskEither<Fault, void>;
}

/** An engine chosen at run time: gives its `Engine<T>` to a function that works for every T. */
export type SomeEngine = <R>(use: <T>(engine: Engine<T>) => R) => R;

/** The engine with its T hidden, for whoever need not know it. */
export const someEngine =
  <T>(engine: Engine<T>): SomeEngine =>
  (use) =>
    use(engine);
