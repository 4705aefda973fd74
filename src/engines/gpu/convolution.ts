/**
 * Convolution over [N, H, W, C] and its two gradients, each a gather. Inputs are padded beforehand, so the inner loops
 * hold neither a condition nor a negative index; the fast axis of the threads is the channel, so neighbouring threads
 * read weights side by side and share the pixels.
 */
import { axisLength, type Shape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import { type Geometry, outputSize } from "../geometry.js";
import { contract, product, termsOf, type Walk } from "./contraction.js";
import { pack, packRuns } from "./packing.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText, split } from "./source.js";

export type Margins = Geometry["padding"];

/** Sizes along the first four axes. */
export const four = (shape: Shape): readonly [number, number, number, number] => [
  axisLength(shape, 0),
  axisLength(shape, 1),
  axisLength(shape, 2),
  axisLength(shape, 3),
];

/** The image with a border of one value: 8 bytes an entry. Free where there is no border. */
export const pad = (trace: Tracer, x: GpuTensor, { top, bottom, left, right }: Margins, value = 0): GpuTensor => {
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return x;
  const [count, height, width, channels] = four(x.shape);
  const shape = [count, height + top + bottom, width + left + right, channels];
  const border = trace.constant({ shape: [], data: Float32Array.of(value) });
  const inputs = value === 0 ? [x] : [x, border];
  return trace.launch(`pad ${x.shape.join(" ")} ${top} ${left} ${shape.join(" ")} ${value}`, shape, inputs, (dialect) =>
    kernelText(
      dialect,
      inputs.length,
      `${coordinates(dialect, shape, ["n", "y", "x", "c"])} let s = ${value === 0 ? "0.0" : "a1[0]"}; ` +
        `if (y >= ${top} && y < ${top + height} && x >= ${left} && x < ${left + width}) { ` +
        `s = a0[((n * ${height} + (y - ${top})) * ${width} + (x - ${left})) * ${channels} + c]; } return s;`,
    ),
  );
};

/**
 * Forward: 2 KH KW Cin operations and 8 KH KW Cin bytes (mostly cached) a result. A row of the window is one
 * contiguous run of KW * Cin numbers of the image, walked with two pointers.
 */
export const convolve = (trace: Tracer, x: GpuTensor, weights: GpuTensor, geometry: Geometry): GpuTensor => {
  const [count, height, width, channels] = four(x.shape);
  const [kernelHeight, kernelWidth, kernelChannels, filters] = four(weights.shape);
  if (channels !== kernelChannels) throw new RangeError(`convolution of ${channels} channels with weights for ${kernelChannels}`);
  const [outHeight, outWidth] = outputSize([height, width], [kernelHeight, kernelWidth], geometry);
  const image = pad(trace, x, geometry.padding);
  const [, paddedHeight, paddedWidth] = four(image.shape);
  const [strideY, strideX] = geometry.stride;
  const rowsOfWeights = kernelHeight * kernelWidth * channels;
  // `unit` numbers lie in one entry of the image and of the weights.
  const walk = (unit: number): Walk => ({
    p: `((n * ${paddedHeight} + y * ${strideY}) * ${paddedWidth} + x * ${strideX}) * ${channels / unit}`,
    q: "col * 1",
    loops: (accumulate, unroll) =>
      `for (let ky = 0; ky < ${kernelHeight}; ky++) { ` +
      `${termsOf("t", (kernelWidth * channels) / unit, [1, filters], accumulate, unroll)} ` +
      `p = p + ${((paddedWidth - kernelWidth) * channels) / unit}; }`,
    rowStep: (strideX * channels) / unit,
    columnStep: 1,
  });
  return contract(trace, {
    key: `convolve ${image.shape.join(" ")} ${weights.shape.join(" ")} ${strideY} ${strideX}`,
    rows: [count, outHeight, outWidth],
    names: ["n", "y", "x"],
    columns: filters,
    inputs: [image, weights],
    before: "",
    walk: walk(1),
    packed:
      channels % 4 === 0
        ? {
            along: "terms",
            inputs: () => [packRuns(trace, image), packRows(trace, weights, rowsOfWeights, filters)],
            walk: walk(4),
          }
        : undefined,
    term: product,
  });
};

/** Four rows of a matrix [R, C] in each vector: [R / 4, C]. */
const packRows = (trace: Tracer, x: GpuTensor, rows: number, columns: number): GpuTensor =>
  pack(trace, x, [rows / 4, columns], [4 * columns, 1], columns);

/** Windows of one stride phase: an input row y meets output rows floor((y + padding) / stride) - j, j < taps. */
export interface Phases {
  readonly taps: number;
  /** Rows to add before and after the output, so that every tap finds one. */
  readonly before: number;
  readonly after: number;
}

export const phases = (input: number, window: number, stride: number, padding: number, output: number): Phases => {
  const taps = Math.ceil(window / stride);
  return {
    taps,
    before: Math.max(0, taps - 1 - Math.floor(padding / stride)),
    after: Math.max(0, Math.floor((input - 1 + padding) / stride) - (output - 1)),
  };
};

/**
 * The weights as the gradient in the input walks them: [stride phase y, phase x, tap y, tap x, Cout, Cin], taps in
 * reverse, 0 beyond the window. 8 bytes an entry.
 */
const phasedWeights = (trace: Tracer, weights: GpuTensor, [strideY, strideX]: readonly [number, number]): GpuTensor => {
  const [kernelHeight, kernelWidth, channels, filters] = four(weights.shape);
  const [tapsY, tapsX] = [Math.ceil(kernelHeight / strideY), Math.ceil(kernelWidth / strideX)];
  const shape = [strideY, strideX, tapsY, tapsX, filters, channels];
  return trace.launch(`phasedWeights ${weights.shape.join(" ")} ${strideY} ${strideX}`, shape, [weights], (dialect) =>
    kernelText(
      dialect,
      1,
      `${coordinates(dialect, shape, ["py", "px", "ty", "tx", "f", "c"])} ` +
        `const ky = py + (${tapsY - 1} - ty) * ${strideY}; const kx = px + (${tapsX - 1} - tx) * ${strideX}; let s = 0.0; ` +
        `if (ky < ${kernelHeight} && kx < ${kernelWidth}) { s = a0[((ky * ${kernelWidth} + kx) * ${channels} + c) * ${filters} + f]; } return s;`,
    ),
  );
};

/** Gradient in the input: 2 KH KW Cout / stride^2 operations a result. No zeros of a dilated gradient are multiplied. */
export const convolveToInput = (trace: Tracer, dy: GpuTensor, weights: GpuTensor, geometry: Geometry, input: Shape): GpuTensor => {
  const [count, height, width, channels] = four(input);
  const [kernelHeight, kernelWidth, , filters] = four(weights.shape);
  const [, outHeight, outWidth] = four(dy.shape);
  const [strideY, strideX] = geometry.stride;
  const { top, left } = geometry.padding;
  const down = phases(height, kernelHeight, strideY, top, outHeight);
  const across = phases(width, kernelWidth, strideX, left, outWidth);
  const gradient = pad(trace, dy, { top: down.before, bottom: down.after, left: across.before, right: across.after });
  const [, paddedHeight, paddedWidth] = four(gradient.shape);
  const prepared = phasedWeights(trace, weights, geometry.stride);
  const block = down.taps * across.taps * filters;
  const walk = (unit: number): Walk => ({
    p:
      `((n * ${paddedHeight} + (qy + ${down.before} - ${down.taps - 1})) * ${paddedWidth} + ` +
      `(qx + ${across.before} - ${across.taps - 1})) * ${filters / unit}`,
    q: `(py * ${strideX} + px) * ${(block * channels) / unit} + col`,
    loops: (accumulate, unroll) =>
      `for (let ty = 0; ty < ${down.taps}; ty++) { ` +
      `${termsOf("t", (across.taps * filters) / unit, [1, channels], accumulate, unroll)} ` +
      `p = p + ${((paddedWidth - across.taps) * filters) / unit}; }`,
    // With a stride, neighbouring pixels are of different phases and meet different weights.
    rowStep: strideX === 1 ? filters / unit : 0,
    columnStep: 1,
  });
  return contract(trace, {
    key: `convolveToInput ${dy.shape.join(" ")} ${weights.shape.join(" ")} ${JSON.stringify(geometry)}`,
    rows: [count, height, width],
    names: ["n", "y", "x"],
    columns: channels,
    inputs: [gradient, prepared],
    before:
      `const ay = y + ${top}; ${split(trace.dialect, "ay", strideY, height + top, ["qy", "py"])} ` +
      `const ax = x + ${left}; ${split(trace.dialect, "ax", strideX, width + left, ["qx", "px"])}`,
    walk: walk(1),
    packed:
      filters % 4 === 0
        ? {
            along: "terms",
            inputs: () => [packRuns(trace, gradient), packRows(trace, prepared, strideY * strideX * block, channels)],
            walk: walk(4),
          }
        : undefined,
    term: product,
  });
};

/** How the N * H' rows of the output are shared out: each of `parts` partial sums takes `images` images of `rows` rows. */
interface Shares {
  readonly parts: number;
  readonly images: number;
  readonly rows: number;
}

/** Partial sums kept small enough to store (2^21 entries) and short enough to add exactly (about 512 terms). */
const sharesOf = (count: number, height: number, width: number, weights: number): Shares => {
  const divisors = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k + 1).filter((k) => n % k === 0);
  const within = divisors(height).map((rows): Shares => ({ parts: (count * height) / rows, images: 1, rows }));
  const across = divisors(count).map((images): Shares => ({ parts: count / images, images, rows: height }));
  const fits = ({ parts, images, rows }: Shares): boolean => parts * weights <= 2 ** 21 && images * rows * width >= 512;
  return [...within, ...across].find(fits) ?? { parts: 1, images: count, rows: height };
};

/**
 * Gradient in the weights: 2 N H' W' operations an entry of the weights, in partial sums over some rows each (threads
 * enough, and rounding that does not grow with the batch), which `sum` then adds.
 */
export const convolveToWeights = (
  trace: Tracer,
  sum: (x: GpuTensor) => GpuTensor,
  x: GpuTensor,
  dy: GpuTensor,
  geometry: Geometry,
  weights: Shape,
): GpuTensor => {
  const [kernelHeight, kernelWidth, channels, filters] = four(weights);
  const [count, outHeight, outWidth] = four(dy.shape);
  const image = pad(trace, x, geometry.padding);
  const [, paddedHeight, paddedWidth] = four(image.shape);
  const [strideY, strideX] = geometry.stride;
  const size = kernelHeight * kernelWidth * channels * filters;
  const { parts, images, rows } = sharesOf(count, outHeight, outWidth, size);
  const perImage = outHeight / rows;
  // `unit` channels lie in one entry of the image.
  const walk = (unit: number): Walk => ({
    p: `((n * ${paddedHeight} + y * ${strideY} + ky) * ${paddedWidth} + kx) * ${channels / unit} + c${unit === 1 ? "" : ` * ${1 / unit}`}`,
    q: `(n * ${outHeight} + y) * ${outWidth * filters} + col`,
    loops: (accumulate, unroll) =>
      `for (let m = 0; m < ${images}; m++) { for (let r = 0; r < ${rows}; r++) { ` +
      `${termsOf("t", outWidth, [(strideX * channels) / unit, filters], accumulate, unroll)} ` +
      `p = p + ${((strideY * paddedWidth - outWidth * strideX) * channels) / unit}; } ` +
      `p = p + ${((paddedHeight - rows * strideY) * paddedWidth * channels) / unit}; q = q + ${(outHeight - rows) * outWidth * filters}; }`,
    rowStep: 1,
    columnStep: 1,
  });
  const partial = contract(trace, {
    key: `convolveToWeights ${image.shape.join(" ")} ${dy.shape.join(" ")} ${weights.join(" ")} ${strideY} ${strideX}`,
    rows: [parts, kernelHeight, kernelWidth, channels],
    names: ["part", "ky", "kx", "c"],
    columns: filters,
    inputs: [image, dy],
    before: `${split(trace.dialect, "part", perImage, parts, ["group", "band"])} const n = group * ${images}; const y = band * ${rows};`,
    walk: walk(1),
    packed: channels % 4 === 0 ? { along: "rows", inputs: () => [packRuns(trace, image), dy], walk: walk(4) } : undefined,
    term: product,
  });
  return { shape: weights, handle: sum({ shape: [parts, size], handle: partial.handle }).handle };
};

export const convolution = (
  trace: Tracer,
  reduce: Primitives<GpuTensor>["reduce"],
): Pick<Primitives<GpuTensor>, "convolve" | "convolveToInput" | "convolveToWeights"> => ({
  convolve: (x, weights, geometry) => convolve(trace, x, weights, geometry),
  convolveToInput: (dy, weights, geometry, input) => convolveToInput(trace, dy, weights, geometry, input),
  convolveToWeights: (x, dy, geometry, weights) =>
    convolveToWeights(trace, (partial) => reduce("sum", partial, [0]), x, dy, geometry, weights),
});
