/**
 * Kernels that first see whether shapes fit. In wasm this is more than a courtesy: a kernel that trusted a wrong shape
 * would read and write the memory of its neighbours. Faults are thrown while a program is traced; `compile` gives them back.
 */
import { type Shape, sameShape, showShape, sizeOf } from "../../tensor/index.js";
import type { Kernels } from "../engine.js";
import { type Geometry, outputSize, type Window } from "../geometry.js";
import type { WasmTensor } from "./trace.js";

const expectThat = (fits: boolean, fault: () => string): void => {
  if (!fits) throw new Error(fault());
};

const expectShape = (kernel: string, what: string, got: Shape, wanted: Shape): void =>
  expectThat(sameShape(got, wanted), () => `${kernel}: ${what} is ${showShape(got)} where ${showShape(wanted)} belongs`);

const expectRank = (kernel: string, what: string, shape: Shape, axes: readonly string[]): void =>
  expectThat(shape.length === axes.length, () => `${kernel}: ${what} is ${showShape(shape)}, it should be [${axes.join(", ")}]`);

const IMAGE = ["N", "H", "W", "C"];
const WEIGHTS = ["KH", "KW", "Cin", "Cout"];

const convolved = (kernel: string, input: Shape, weights: Shape, geometry: Geometry): Shape => {
  expectRank(kernel, "the input", input, IMAGE);
  expectRank(kernel, "the weights", weights, WEIGHTS);
  const [n = 0, h = 0, w = 0, c = 0] = input;
  const [kh = 0, kw = 0, inputs = 0, outputs = 0] = weights;
  expectThat(c === inputs, () => `${kernel}: the input has ${c} channels and the weights take ${inputs}`);
  const [oh, ow] = outputSize([h, w], [kh, kw], geometry);
  expectThat(oh > 0 && ow > 0, () => `${kernel}: weights ${showShape(weights)} are larger than the padded input ${showShape(input)}`);
  return [n, oh, ow, outputs];
};

const pooled = (kernel: string, input: Shape, window: Window): Shape => {
  expectRank(kernel, "the input", input, IMAGE);
  const [n = 0, h = 0, w = 0, c = 0] = input;
  const [oh, ow] = outputSize([h, w], window.size, window);
  expectThat(
    oh > 0 && ow > 0,
    () => `${kernel}: a window of ${showShape(window.size)} is larger than the padded input ${showShape(input)}`,
  );
  return [n, oh, ow, c];
};

/** Both of rank 2, with as many rows. */
const expectRows = (kernel: string, a: Shape, b: Shape): void =>
  expectThat(
    a.length === 2 && b.length === 2 && a[0] === b[0],
    () => `${kernel}: ${showShape(a)} and ${showShape(b)} should be matrices with the same number of rows`,
  );

const expectChannels = (kernel: string, x: Shape, ...vectors: readonly Shape[]): void => {
  expectThat(x.length > 0, () => `${kernel}: a scalar has no channels`);
  for (const shape of vectors) expectShape(kernel, "a vector of the channels", shape, [x.at(-1) ?? 1]);
};

export const checked = (k: Kernels<WasmTensor>): Kernels<WasmTensor> => ({
  ...k,
  reshape: (x, shape) => {
    expectThat(sizeOf(x.shape) === sizeOf(shape), () => `reshape: ${showShape(x.shape)} does not fill ${showShape(shape)}`);
    return k.reshape(x, shape);
  },
  zip: (op, a, b) => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const clash = Array.from({ length: rank }, (_, index) => index + 1).find((back) => {
      const [inA, inB] = [a.shape.at(-back) ?? 1, b.shape.at(-back) ?? 1];
      const missing = back > a.shape.length || back > b.shape.length;
      return !missing && inA !== inB && inA !== 1 && inB !== 1;
    });
    expectThat(
      clash === undefined && rank <= 4,
      () => `zip ${op}: ${showShape(a.shape)} and ${showShape(b.shape)} do not broadcast` + (rank > 4 ? ": more than 4 axes" : ""),
    );
    return k.zip(op, a, b);
  },
  reduce: (op, x, axes) => {
    const rank = x.shape.length;
    const wrong = axes.find((axis) => !Number.isInteger(axis) || axis < -rank || axis >= rank);
    expectThat(wrong === undefined, () => `reduce ${op}: ${showShape(x.shape)} has no axis ${wrong}`);
    return k.reduce(op, x, axes);
  },
  argMinimum: (x) => {
    expectThat((x.shape.at(-1) ?? 0) > 0, () => `argMinimum: ${showShape(x.shape)} has no last axis to search`);
    return k.argMinimum(x);
  },
  concatenate: (parts) => {
    const [first] = parts;
    const before = first?.shape.slice(0, -1) ?? [];
    expectThat(
      first !== undefined && parts.every(({ shape }) => shape.length > 0 && sameShape(shape.slice(0, -1), before)),
      () => `concatenate: ${parts.map(({ shape }) => showShape(shape)).join(" and ") || "nothing"}: all axes but the last must agree`,
    );
    return k.concatenate(parts);
  },
  slice: (x, from, to) => {
    expectThat(
      x.shape.length > 0 && from >= 0 && from < to && to <= (x.shape.at(-1) ?? 0),
      () => `slice: ${from} to ${to} is no part of the last axis of ${showShape(x.shape)}`,
    );
    return k.slice(x, from, to);
  },
  transpose: (x) => {
    expectRank("transpose", "the matrix", x.shape, ["R", "C"]);
    return k.transpose(x);
  },
  matmul: (a, b, transposed = {}) => {
    expectRank("matmul", "the left matrix", a.shape, ["R", "C"]);
    expectRank("matmul", "the right matrix", b.shape, ["R", "C"]);
    const [innerA, innerB] = [a.shape[transposed.a === true ? 0 : 1], b.shape[transposed.b === true ? 1 : 0]];
    expectThat(
      innerA === innerB,
      () => `matmul: inner lengths differ, ${innerA} of ${showShape(a.shape)} and ${innerB} of ${showShape(b.shape)}`,
    );
    return k.matmul(a, b, transposed);
  },
  squaredDistances: (x, shift) => {
    expectRank("squaredDistances", "the points", x.shape, ["N", "D"]);
    return k.squaredDistances(x, shift);
  },
  alongDifferences: (weights, x) => {
    expectRank("alongDifferences", "the points", x.shape, ["N", "D"]);
    const [count = 0] = x.shape;
    expectShape("alongDifferences", "the weights", weights.shape, [count, count]);
    return k.alongDifferences(weights, x);
  },
  pick: (matrix, indices) => {
    expectRows("pick", matrix.shape, indices.shape);
    return k.pick(matrix, indices);
  },
  scatter: (values, indices, columns) => {
    expectRows("scatter", values.shape, indices.shape);
    expectShape("scatter", "the indices", indices.shape, values.shape);
    return k.scatter(values, indices, columns);
  },
  sample: (weights, uniforms) => {
    expectRows("sample", weights.shape, uniforms.shape);
    return k.sample(weights, uniforms);
  },
  convolve: (x, weights, geometry) => {
    convolved("convolve", x.shape, weights.shape, geometry);
    return k.convolve(x, weights, geometry);
  },
  convolveToInput: (dy, weights, geometry, input) => {
    expectShape("convolveToInput", "the gradient", dy.shape, convolved("convolveToInput", input, weights.shape, geometry));
    return k.convolveToInput(dy, weights, geometry, input);
  },
  convolveToWeights: (x, dy, geometry, weights) => {
    expectShape("convolveToWeights", "the gradient", dy.shape, convolved("convolveToWeights", x.shape, weights, geometry));
    return k.convolveToWeights(x, dy, geometry, weights);
  },
  maxPool: (x, window) => {
    pooled("maxPool", x.shape, window);
    return k.maxPool(x, window);
  },
  maxPoolToInput: (x, dy, window) => {
    expectShape("maxPoolToInput", "the gradient", dy.shape, pooled("maxPoolToInput", x.shape, window));
    return k.maxPoolToInput(x, dy, window);
  },
  averagePool: (x, window) => {
    pooled("averagePool", x.shape, window);
    return k.averagePool(x, window);
  },
  averagePoolToInput: (dy, window, input) => {
    expectShape("averagePoolToInput", "the gradient", dy.shape, pooled("averagePoolToInput", input, window));
    return k.averagePoolToInput(dy, window, input);
  },
  batchNorm: (x, scale, shift, epsilon) => {
    expectChannels("batchNorm", x.shape, scale.shape, shift.shape);
    return k.batchNorm(x, scale, shift, epsilon);
  },
  batchNormPull: (x, scale, mean, variance, epsilon, dy) => {
    expectChannels("batchNormPull", x.shape, scale.shape, mean.shape, variance.shape);
    expectShape("batchNormPull", "the gradient", dy.shape, x.shape);
    return k.batchNormPull(x, scale, mean, variance, epsilon, dy);
  },
  channelAffine: (x, scale, shift) => {
    expectChannels("channelAffine", x.shape, scale.shape, shift.shape);
    return k.channelAffine(x, scale, shift);
  },
  reluPull: (y, dy) => {
    expectShape("reluPull", "the gradient", dy.shape, y.shape);
    return k.reluPull(y, dy);
  },
  adam: (parameter, gradient, first, second, scalars, settings) => {
    for (const { shape } of [gradient, first, second]) expectShape("adam", "a gradient or moment", shape, parameter.shape);
    for (const { shape } of Object.values(scalars)) expectThat(sizeOf(shape) === 1, () => `adam: ${showShape(shape)} is no scalar`);
    return k.adam(parameter, gradient, first, second, scalars, settings);
  },
});
