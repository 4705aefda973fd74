/** Pooling over [N, H, W, C]: maximum (padding ignored) and average (padding counted), each with its gradient. */
import { at, axisLength, type Shape, sameShape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";
import { outputSize, type Window } from "../geometry.js";

/** Shape of the pooling's output. Throws, naming what does not fit: a gradient of another shape included. */
const pooledShape = (kernel: string, input: Shape, window: Window, gradient?: Shape): Shape => {
  if (input.length !== 4) throw new Error(`${kernel}: needs [N, H, W, C], got ${showShape(input)}`);
  const [oh, ow] = outputSize([axisLength(input, 1), axisLength(input, 2)], window.size, window);
  if (oh < 1 || ow < 1) {
    throw new Error(`${kernel}: a window of ${showShape(window.size)} is larger than the padded input [N, H, W, C] ${showShape(input)}`);
  }
  const shape = [axisLength(input, 0), oh, ow, axisLength(input, 3)];
  if (gradient !== undefined && !sameShape(gradient, shape)) {
    throw new Error(`${kernel}: the gradient [N, H', W', C] is ${showShape(gradient)}, the output ${showShape(shape)}: they must agree`);
  }
  return shape;
};

/** For each output entry, its flat index and the flat input indices its window covers, row-major. */
const windows = (input: Shape, window: Window, each: (y: number, covered: readonly number[]) => void): void => {
  const [n, h, w, c] = [0, 1, 2, 3].map((axis) => axisLength(input, axis)) as [number, number, number, number];
  const [oh, ow] = outputSize([h, w], window.size, window);
  for (let image = 0; image < n; image++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++)
        for (let channel = 0; channel < c; channel++) {
          const covered: number[] = [];
          for (let ky = 0; ky < window.size[0]; ky++)
            for (let kx = 0; kx < window.size[1]; kx++) {
              const iy = oy * window.stride[0] + ky - window.padding.top;
              const ix = ox * window.stride[1] + kx - window.padding.left;
              if (iy >= 0 && iy < h && ix >= 0 && ix < w) covered.push(((image * h + iy) * w + ix) * c + channel);
            }
          each(((image * oh + oy) * ow + ox) * c + channel, covered);
        }
};

/** The first largest of the entries covered (NaN counts as largest); -1 for a window of padding only. */
const largest = (x: Tensor, covered: readonly number[]): number =>
  covered.reduce((best, index) => {
    const value = at(x.data, index);
    if (best < 0) return index;
    const held = at(x.data, best);
    return value > held || (Number.isNaN(value) && !Number.isNaN(held)) ? index : best;
  }, -1);

export const maxPool = (x: Tensor, window: Window): Tensor => {
  const shape = pooledShape("maxPool", x.shape, window);
  const data = new Float64Array(sizeOf(shape));
  windows(x.shape, window, (y, covered) => {
    const winner = largest(x, covered);
    data[y] = winner < 0 ? Number.NEGATIVE_INFINITY : at(x.data, winner);
  });
  return unsafeTensor(shape, data);
};

export const maxPoolToInput = (x: Tensor, dy: Tensor, window: Window): Tensor => {
  pooledShape("maxPoolToInput", x.shape, window, dy.shape);
  const data = new Float64Array(x.data.length);
  windows(x.shape, window, (y, covered) => {
    const winner = largest(x, covered);
    if (winner >= 0) data[winner] = at(data, winner) + at(dy.data, y);
  });
  return unsafeTensor(x.shape, data);
};

export const averagePool = (x: Tensor, window: Window): Tensor => {
  const shape = pooledShape("averagePool", x.shape, window);
  const data = new Float64Array(sizeOf(shape));
  const area = window.size[0] * window.size[1];
  windows(x.shape, window, (y, covered) => {
    data[y] = covered.reduce((sum, index) => sum + at(x.data, index), 0) / area;
  });
  return unsafeTensor(shape, data);
};

export const averagePoolToInput = (dy: Tensor, window: Window, input: Shape): Tensor => {
  pooledShape("averagePoolToInput", input, window, dy.shape);
  const data = new Float64Array(sizeOf(input));
  const area = window.size[0] * window.size[1];
  windows(input, window, (y, covered) => {
    for (const index of covered) data[index] = at(data, index) + at(dy.data, y) / area;
  });
  return unsafeTensor(input, data);
};
