/**
 * The reference engine: float64, plain loops. It is the specification that every other engine is tested against, so it
 * is written to be read, not to be fast. A program is evaluated afresh on every run.
 */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault } from "../../faults/index.js";
import { sameShape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";
import { composed } from "../composed.js";
import type { Engine, Kernels, Primitives, Resident } from "../engine.js";
import { concatenate, slice } from "./channels.js";
import { convolve, convolveToInput, convolveToWeights } from "./convolution.js";
import { affine, map, zip } from "./elementwise.js";
import { pick, sample, scatter } from "./indexing.js";
import { alongDifferences, matmul, squaredDistances, transpose } from "./matrix.js";
import { averagePool, averagePoolToInput, maxPool, maxPoolToInput } from "./pooling.js";
import { argMinimum, reduce } from "./reduce.js";

const primitives: Primitives<Tensor> = {
  shapeOf: (x) => x.shape,
  constant: (t) => t,
  reshape: (x, shape) => {
    if (sizeOf(shape) !== x.data.length) throw new Error(`reshape: ${showShape(x.shape)} does not fill ${showShape(shape)}`);
    return unsafeTensor(shape, x.data);
  },
  map,
  affine,
  zip,
  reduce,
  argMinimum,
  concatenate,
  slice,
  transpose,
  matmul,
  squaredDistances,
  alongDifferences,
  pick,
  scatter,
  sample,
  convolve,
  convolveToInput,
  convolveToWeights,
  maxPool,
  maxPoolToInput,
  averagePool,
  averagePoolToInput,
};

/** The kernels on tensors themselves, for checking a formula without an engine around it. */
export const referenceKernels: Kernels<Tensor> = { ...primitives, ...composed(primitives) };

const resident = (t: Tensor): Resident => ({ shape: t.shape, read: TE.right(t), release: () => undefined });

const reason = (thrown: unknown): Fault => engineError(thrown instanceof Error ? thrown.message : String(thrown));

/** The engine of plain float64 loops: slow, readable, and what the others are held against. */
export const referenceEngine: Engine<Tensor> = {
  info: { name: "reference", backend: "float64 loops", device: "CPU, one thread", roundOff: 2 ** -53 },
  upload: resident,
  compile: (shapes, program) =>
    TE.right({
      run: (inputs) =>
        TE.tryCatch(async () => {
          const read = await Promise.all(inputs.map((input) => input.read()));
          const values = read.map((value) => {
            if (E.isLeft(value)) throw new Error(value.left.message);
            return value.right;
          });
          shapes.forEach((shape, index) => {
            const value = values[index];
            if (value === undefined || !sameShape(value.shape, shape)) {
              throw new Error(
                `program input ${index} must be ${showShape(shape)}, got ${value === undefined ? "nothing" : showShape(value.shape)}`,
              );
            }
          });
          return program(referenceKernels, values).map(resident);
        }, reason),
      close: () => undefined,
    }),
  close: TE.right(undefined),
};
