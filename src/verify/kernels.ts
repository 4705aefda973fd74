/**
 * Every kernel of an engine by itself, on random and awkward inputs, against the reference in float64: the precision
 * table. The inputs are float32 numbers, so that both see the same; kernels that compare get ties and exact sums.
 */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import {
  type Binary,
  type Engine,
  type Kernels,
  outputSize,
  type Reduction,
  referenceEngine,
  type SomeEngine,
  square,
  type Unary,
  type Window,
} from "../engines/index.js";
import { engineError, type Fault } from "../faults/index.js";
import { normals, seeded, split, uniforms } from "../random/index.js";
import { type Shape, scalar, sizeOf, type Tensor } from "../tensor/index.js";
import { boundOf } from "./bounds.js";
import { errorOf, type Found, larger, none } from "./errors.js";
import type { KernelCheck } from "./report.js";
import { readAll } from "./subject.js";

/** A program of one kernel; `x(place)` is an input. */
type OneKernel = <T>(k: Kernels<T>, x: (place: number) => T) => readonly T[];

interface KernelCase {
  /** The kernel, and which of its operations. */
  readonly kernel: string;
  readonly inputs: readonly Tensor[];
  readonly program: OneKernel;
}

const made = (shape: Shape, numbers: ArrayLike<number>): Tensor => ({
  shape,
  data: Float64Array.from(numbers, Math.fround),
});

/** Standard normal numbers, with zeros, ones and small ones among them. */
const awkward = (shape: Shape, name: string): Tensor => {
  const [values] = normals(sizeOf(shape), split(seeded(5), name));
  const special = [0, 1, -1, -0.5, 1e-4, 2 ** -20, -3];
  return made(
    shape,
    values.map((value, i) => (i % 5 === 2 ? (special[Math.floor(i / 5) % special.length] ?? 0) : value)),
  );
};

const smooth = (shape: Shape, name: string): Tensor => made(shape, normals(sizeOf(shape), split(seeded(5), name))[0]);

/** Few different values: most entries tie with others. */
const tied = (shape: Shape, name: string): Tensor =>
  made(
    shape,
    uniforms(sizeOf(shape), split(seeded(5), name))[0].map((u) => [-1, 0, 0.5, 2][Math.floor(4 * u)] ?? 0),
  );

/** Points some steps of 2^-17 apart, 8 away from the origin. */
const nearButFar = (): Tensor =>
  made(
    [13, 5],
    Array.from(tied([13, 5], "near").data, (value) => value * 2 ** -16 + 8),
  );

const above = (shape: Shape, name: string): Tensor =>
  made(
    shape,
    uniforms(sizeOf(shape), split(seeded(5), name))[0].map((u) => 4 ** (4 * u - 2)),
  );

/** Whole numbers from 0 up to but not including `end`. */
const whole = (shape: Shape, end: number, name: string): Tensor =>
  made(
    shape,
    uniforms(sizeOf(shape), split(seeded(5), name))[0].map((u) => Math.floor(end * u)),
  );

const plane = [13, 21] as const;
const image = [2, 7, 8, 16] as const;
const weights = [3, 3, 16, 20] as const;
const strided = square(2, 1);
const convolved = [2, ...outputSize([7, 8], [3, 3], strided), 20];
/** Channels by eights: the wasm engine goes by Winograd. */
const eights = { image: [2, 9, 10, 16], weights: [3, 3, 16, 24], result: [2, 9, 10, 24] } as const;
const window: Window = { size: [3, 3], ...strided };
const pooled = [2, ...outputSize([7, 8], [3, 3], window), 16];

const mapped = (op: Unary, input: Tensor): KernelCase => ({
  kernel: `map ${op}`,
  inputs: [input],
  program: (k, x) => [k.map(op, x(0))],
});

const zipped = (op: Binary, a: Tensor, b: Tensor): KernelCase => ({
  kernel: `zip ${op}`,
  inputs: [a, b],
  program: (k, x) => [k.zip(op, x(0), x(1)), k.zip(op, x(0), k.reduce("maximum", x(1), [0]))],
});

const reduced = (op: Reduction): KernelCase => ({
  kernel: `reduce ${op}`,
  inputs: [awkward([5, 3, 4, 67], op), smooth([1000], op)],
  program: (k, x) => [k.reduce(op, x(0), [0, 2]), k.reduce(op, x(0), [3]), k.reduce(op, x(1), [0])],
});

const one = (kernel: string, inputs: readonly Tensor[], program: OneKernel): readonly KernelCase[] => [{ kernel, inputs, program }];

/** A kernel added to the record without a case here is a type error. Drawn when they are wanted: nobody else is to wait for it. */
const casesOf = (): Readonly<Record<Exclude<keyof Kernels<unknown>, "shapeOf">, readonly KernelCase[]>> => ({
  constant: one("constant", [awkward(plane, "constant")], (k, x) => [k.zip("add", x(0), k.constant(awkward(plane, "fixed")))]),
  reshape: one("reshape", [awkward(plane, "reshape")], (k, x) => [k.reshape(x(0), [3, 7, 13])]),
  map: [
    ...(["negate", "absolute", "sign", "square", "reciprocalOrZero", "relu", "positive"] as const).map((op) =>
      mapped(op, awkward(plane, op)),
    ),
    ...(["squareRoot", "reciprocal", "logarithm"] as const).map((op) => mapped(op, above(plane, op))),
    mapped("exponential", smooth(plane, "exponential")),
  ],
  affine: one("affine", [awkward(plane, "affine")], (k, x) => [k.affine(x(0), -1 / 3, 2)]),
  zip: [
    ...(["add", "subtract", "multiply"] as const).map((op) => zipped(op, awkward(plane, `${op} a`), awkward(plane, `${op} b`))),
    zipped("divide", awkward(plane, "divide a"), above(plane, "divide b")),
    ...(["maximum", "minimum", "less", "equal"] as const).map((op) => zipped(op, tied(plane, `${op} a`), tied(plane, `${op} b`))),
  ],
  reduce: (["sum", "maximum", "minimum"] as const).map(reduced),
  argMinimum: one("argMinimum", [tied(plane, "argMinimum"), awkward(plane, "argMinimum")], (k, x) => [
    k.argMinimum(x(0)),
    k.argMinimum(x(1)),
  ]),
  concatenate: one(
    "concatenate",
    [awkward([2, 5, 3], "first"), awkward([2, 5, 8], "second"), awkward([2, 5, 1], "third"), awkward([2, 5, 5], "fourth")],
    (k, x) => [k.concatenate([x(0), x(1), x(2), x(3)]), k.concatenate([x(1), x(1)])],
  ),
  slice: one("slice", [awkward(plane, "slice")], (k, x) => [k.slice(x(0), 0, 5), k.slice(x(0), 5, 6), k.slice(x(0), 6, 21)]),
  transpose: one("transpose", [awkward(plane, "transpose")], (k, x) => [k.transpose(x(0))]),
  matmul: one("matmul", [smooth([20, 36], "matmul a"), smooth([36, 24], "matmul b"), smooth([13, 20], "matmul c")], (k, x) => [
    k.matmul(x(0), x(1)),
    k.matmul(x(1), x(0), { a: true, b: true }),
    k.matmul(x(2), x(0)),
    k.matmul(x(0), x(2), { a: true, b: true }),
  ]),
  squaredDistances: one("squaredDistances", [smooth([24, 32], "distances"), tied([13, 5], "distances")], (k, x) => [
    k.squaredDistances(x(0)),
    k.squaredDistances(x(1)),
    k.squaredDistances(x(1), 1e-6),
  ]),
  alongDifferences: one(
    "alongDifferences",
    [smooth([24, 24], "weights"), smooth([24, 32], "points"), smooth([13, 13], "few"), tied([13, 5], "near"), nearButFar()],
    (k, x) => [k.alongDifferences(x(0), x(1)), k.alongDifferences(x(2), x(3)), k.alongDifferences(x(2), x(4))],
  ),
  pick: one("pick", [awkward(plane, "pick"), whole([13, 4], 21, "pick")], (k, x) => [k.pick(x(0), x(1))]),
  scatter: one("scatter", [smooth([13, 4], "scatter"), whole([13, 4], 3, "scatter")], (k, x) => [k.scatter(x(0), x(1), 21)]),
  // Whole weights and uniforms in 1024ths: running weights and thresholds are exact in float32.
  sample: one(
    "sample",
    [
      whole(plane, 4, "sample"),
      made(
        [13, 9],
        Array.from(whole([13, 9], 1024, "share").data, (n) => n / 1024),
      ),
    ],
    (k, x) => [k.sample(x(0), x(1))],
  ),
  convolve: one(
    "convolve",
    [smooth(image, "convolve x"), smooth(weights, "convolve w"), smooth(eights.image, "eights x"), smooth(eights.weights, "eights w")],
    (k, x) => [k.convolve(x(0), x(1), strided), k.convolve(x(0), x(1), square(1, 1)), k.convolve(x(2), x(3), square(1, 1))],
  ),
  convolveToInput: one(
    "convolveToInput",
    [smooth(convolved, "toInput dy"), smooth(weights, "toInput w"), smooth(eights.result, "eights dy"), smooth(eights.weights, "eights w")],
    (k, x) => [k.convolveToInput(x(0), x(1), strided, image), k.convolveToInput(x(2), x(3), square(1, 1), eights.image)],
  ),
  convolveToWeights: one(
    "convolveToWeights",
    [smooth(image, "toWeights x"), smooth(convolved, "toWeights dy"), smooth(eights.image, "eights x"), smooth(eights.result, "eights dy")],
    (k, x) => [k.convolveToWeights(x(0), x(1), strided, weights), k.convolveToWeights(x(2), x(3), square(1, 1), eights.weights)],
  ),
  maxPool: one("maxPool", [tied(image, "maxPool")], (k, x) => [k.maxPool(x(0), window)]),
  maxPoolToInput: one("maxPoolToInput", [tied(image, "maxPool pull"), smooth(pooled, "maxPool dy")], (k, x) => [
    k.maxPoolToInput(x(0), x(1), window),
  ]),
  averagePool: one("averagePool", [smooth(image, "averagePool")], (k, x) => [k.averagePool(x(0), window)]),
  averagePoolToInput: one("averagePoolToInput", [smooth(pooled, "averagePool dy")], (k, x) => [k.averagePoolToInput(x(0), window, image)]),
  batchNorm: one("batchNorm", [smooth(image, "norm x"), smooth([16], "norm scale"), smooth([16], "norm shift")], (k, x) => {
    const { y, mean, variance } = k.batchNorm(x(0), x(1), x(2), 1e-3);
    return [y, mean, variance];
  }),
  batchNormPull: one(
    "batchNormPull",
    [
      smooth(image, "pull x"),
      smooth([16], "pull scale"),
      smooth([16], "pull mean"),
      above([16], "pull variance"),
      smooth(image, "pull dy"),
    ],
    (k, x) => {
      const pulled = k.batchNormPull(x(0), x(1), x(2), x(3), 1e-3, x(4));
      return [pulled.x, pulled.scale, pulled.shift];
    },
  ),
  channelAffine: one(
    "channelAffine",
    [smooth(image, "channel x"), smooth([16], "channel scale"), smooth([16], "channel shift")],
    (k, x) => [k.channelAffine(x(0), x(1), x(2))],
  ),
  addRelu: one("addRelu", [awkward(plane, "addRelu a"), awkward(plane, "addRelu b")], (k, x) => [k.addRelu(x(0), x(1))]),
  reluPull: one("reluPull", [tied(plane, "reluPull y"), smooth(plane, "reluPull dy")], (k, x) => [k.reluPull(x(0), x(1))]),
  adam: one("adam", [smooth(plane, "adam p"), smooth(plane, "adam g"), smooth(plane, "adam m"), above(plane, "adam v")], (k, x) => {
    const [learningRate, correction1, correction2] = [k.constant(scalar(0.125)), k.constant(scalar(0.25)), k.constant(scalar(0.0625))];
    const next = k.adam(
      x(0),
      x(1),
      x(2),
      x(3),
      { learningRate, correction1, correction2 },
      { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2 },
    );
    return [next.parameter, next.first, next.second];
  }),
});

const evaluate =
  <T>(engine: Engine<T>, { inputs, program }: KernelCase): TE.TaskEither<Fault, readonly Tensor[]> =>
  async () => {
    const compiled = await TE.tryCatch(
      async () =>
        engine.compile(
          inputs.map(({ shape }) => shape),
          (k, values) => {
            const x = (place: number): T => {
              const value = values[place];
              if (value === undefined) throw new Error(`the case has no input ${place}`);
              return value;
            };
            return program(k, x);
          },
        )(),
      (thrown) => engineError(String(thrown)),
    )();
    const ready = E.flatten(compiled);
    if (E.isLeft(ready)) return ready;
    const given = inputs.map(engine.upload);
    const results = await TE.chain(readAll)(ready.right.run(given))();
    for (const resident of given) resident.release();
    ready.right.close();
    return results;
  };

const checkOf = async <T>(engine: Engine<T>, kernelCase: KernelCase): Promise<KernelCheck> => {
  const { kernel } = kernelCase;
  const bound = boundOf("kernel", "reference", engine.info.roundOff);
  const [truth, got] = [await evaluate(referenceEngine, kernelCase)(), await evaluate(engine, kernelCase)()];
  const failed = ({ message }: Fault): Found => ({ error: Number.POSITIVE_INFINITY, worst: message });
  const found = E.isLeft(truth)
    ? failed(truth.left)
    : E.isLeft(got)
      ? failed(got.left)
      : truth.right.reduce((worst, expected, output) => larger(worst, errorOf(expected, got.right[output], `output ${output}`)), none);
  return {
    kernel,
    engine: engine.info.name,
    backend: engine.info.backend,
    error: found.error,
    bound,
    pass: found.error <= bound,
    worst: found.worst,
  };
};

/** One check a kernel. An engine's failure is a failed check. */
export const verifyKernels = async (engine: SomeEngine): Promise<readonly KernelCheck[]> =>
  engine(async (known) => {
    const checks: KernelCheck[] = [];
    for (const kernelCase of Object.values(casesOf()).flat()) checks.push(await checkOf(known, kernelCase));
    return checks;
  });
