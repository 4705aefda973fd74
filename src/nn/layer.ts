/**
 * The pattern every layer follows: a value that lists its parameters and state, and a pure function of
 * (parameters, state, x) that returns its output, its next state and its pullback. A network is a layer made of layers.
 */
import type * as E from "fp-ts/lib/Either.js";
import type { Kernels } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { type Named, type ParameterSpec, type Shape, sizeOf } from "../tensor/index.js";

/** `frozen` normalises with running statistics while scale and shift still train; `evaluate` does too and trains nothing. */
export type Mode = "train" | "frozen" | "evaluate";

/** A layer's output, [N, H, W, C] or [N, D], its next state, and the way back. */
export interface Forward<T> {
  readonly y: T;
  /** The next state: running statistics after a `train` step; unchanged otherwise. */
  readonly state: Named<T>;
  readonly pull: (dy: T) => { readonly parameters: Named<T>; readonly x: T };
}

/** A layer: parameters that are listed, and a pure forward pass. */
export interface Layer {
  readonly parameters: Named<ParameterSpec>;
  readonly state: Named<ParameterSpec>;
  /** Shape after the layer, or what is wrong with the input, naming the axis. Input [N, H, W, C] or [N, D]. */
  readonly outputShape: (input: Shape) => E.Either<Fault, Shape>;
  /** Multiplications of one forward pass over an input of this shape. */
  readonly multiplyAdds: (input: Shape) => number;
  readonly forward: <T>(kernels: Kernels<T>, mode: Mode) => (parameters: Named<T>, state: Named<T>, x: T) => Forward<T>;
}

/** Most numbers that a network may learn: a gibibyte of them, and Adam keeps two more of each. */
export const mostParameters = 2 ** 28;

/** Numbers that a layer learns. */
export const parameterCount = ({ parameters }: Pick<Layer, "parameters">): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
