/** The kernels of the record that this engine has: products of matrices and the forward convolution, both by one tile. */
import { axisLength, type Shape, showShape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import { outputSize } from "../geometry.js";
import type { Tracer, WebGpuTensor } from "./trace.js";

export type WebGpuKernels = Pick<Primitives<WebGpuTensor>, "shapeOf" | "matmul" | "convolve">;

const sides = ({ shape }: WebGpuTensor, transposed = false): readonly [rows: number, columns: number] => {
  if (shape.length !== 2) throw new RangeError(`matmul: needs a matrix, got shape ${showShape(shape)}`);
  const [rows, columns] = [axisLength(shape, 0), axisLength(shape, 1)];
  return transposed ? [columns, rows] : [rows, columns];
};

/** [R, K] [K, C] -> [R, C], either transposed first. Sizes and steps are data: one pipeline serves all shapes. */
const matmul =
  (trace: Tracer): WebGpuKernels["matmul"] =>
  (a, b, transposed = {}) => {
    const [rows, terms] = sides(a, transposed.a);
    const [termsOfB, columns] = sides(b, transposed.b);
    if (terms !== termsOfB) {
      const [left, right] = [showShape([rows, terms]), showShape([termsOfB, columns])];
      throw new RangeError(`matmul: ${left} times ${right}: inner lengths ${terms} and ${termsOfB} must agree`);
    }
    return trace.launch(
      {
        members: ["rowStep", "termStepA", "termStepB", "columnStep"],
        a: "return a[row * sizes.rowStep + k * sizes.termStepA];",
        b: "return b[k * sizes.termStepB + column * sizes.columnStep];",
        nearest: { a: transposed.a === true ? "row" : "term", b: transposed.b === true ? "term" : "column" },
      },
      {
        rows,
        terms,
        columns,
        others: [...(transposed.a === true ? [1, rows] : [terms, 1]), ...(transposed.b === true ? [1, terms] : [columns, 1])],
      },
      [a, b],
      [rows, columns],
    );
  };

const four = (shape: Shape, axes: string): readonly [number, number, number, number] => {
  if (shape.length !== 4) throw new RangeError(`convolve: needs ${axes}, got ${showShape(shape)}`);
  return [axisLength(shape, 0), axisLength(shape, 1), axisLength(shape, 2), axisLength(shape, 3)];
};

/**
 * The convolution as a product (implicit GEMM): a row for each pixel of the result, a term for each place and channel of the window. The
 * matrix of patches is nowhere in memory; its entries are found in the image as they are fetched, 0 beyond its border. So a number that is no number
 * in the weights spoils border pixels too, as padding an image beforehand would have it.
 */
const convolve =
  (trace: Tracer): WebGpuKernels["convolve"] =>
  (x, weights, geometry) => {
    const [count, height, width, channels] = four(x.shape, "an input [N, H, W, Cin]");
    const [kernelHeight, kernelWidth, kernelChannels, filters] = four(weights.shape, "weights [KH, KW, Cin, Cout]");
    if (channels !== kernelChannels) {
      throw new RangeError(
        `convolve: input [N, H, W, Cin] ${showShape(x.shape)} does not fit weights [KH, KW, Cin, Cout] ${showShape(weights.shape)}`,
      );
    }
    const [outHeight, outWidth] = outputSize([height, width], [kernelHeight, kernelWidth], geometry);
    if (outHeight < 1 || outWidth < 1) {
      throw new RangeError(
        `convolve: weights [KH, KW, Cin, Cout] ${showShape(weights.shape)} are larger than the padded input ${showShape(x.shape)}`,
      );
    }
    return trace.launch(
      {
        members: ["outHeight", "outWidth", "height", "width", "channels", "across", "strideY", "strideX", "before", "left"],
        a: `let pixel = row / sizes.outWidth;
  let place = k / sizes.channels;
  let y = i32(pixel % sizes.outHeight * sizes.strideY + place / sizes.across) - i32(sizes.before);
  let x = i32(row % sizes.outWidth * sizes.strideX + place % sizes.across) - i32(sizes.left);
  if (y < 0 || y >= i32(sizes.height) || x < 0 || x >= i32(sizes.width)) { return 0.0; }
  return a[((pixel / sizes.outHeight * sizes.height + u32(y)) * sizes.width + u32(x)) * sizes.channels + k % sizes.channels];`,
        b: "return b[k * sizes.columns + column];",
        nearest: { a: "term", b: "column" },
      },
      {
        rows: count * outHeight * outWidth,
        terms: kernelHeight * kernelWidth * channels,
        columns: filters,
        others: [
          outHeight,
          outWidth,
          height,
          width,
          channels,
          kernelWidth,
          ...geometry.stride,
          geometry.padding.top,
          geometry.padding.left,
        ],
      },
      [x, weights],
      [count, outHeight, outWidth, filters],
    );
  };

export const webGpuKernels = (trace: Tracer): WebGpuKernels => ({
  shapeOf: ({ shape }) => shape,
  matmul: matmul(trace),
  convolve: convolve(trace),
});
