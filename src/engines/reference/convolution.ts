/** Convolution over [N, H, W, Cin] and its two gradients: one loop nest visits every product, three kernels use it. */
import { at, axisLength, type Shape, sameShape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";
import { type Geometry, outputSize } from "../geometry.js";

/** Shape of the convolution's output. Throws, naming what does not fit: a gradient of another shape included. */
const outputShape = (kernel: string, input: Shape, weights: Shape, geometry: Geometry, gradient?: Shape): Shape => {
  if (input.length !== 4 || weights.length !== 4 || axisLength(input, 3) !== axisLength(weights, 2)) {
    throw new Error(`${kernel}: input [N, H, W, Cin] ${showShape(input)} does not fit weights [KH, KW, Cin, Cout] ${showShape(weights)}`);
  }
  const [oh, ow] = outputSize([axisLength(input, 1), axisLength(input, 2)], [axisLength(weights, 0), axisLength(weights, 1)], geometry);
  if (oh < 1 || ow < 1) {
    throw new Error(`${kernel}: weights [KH, KW, Cin, Cout] ${showShape(weights)} are larger than the padded input ${showShape(input)}`);
  }
  const shape = [axisLength(input, 0), oh, ow, axisLength(weights, 3)];
  if (gradient !== undefined && !sameShape(gradient, shape)) {
    throw new Error(`${kernel}: the gradient [N, H', W', Cout] is ${showShape(gradient)}, the output ${showShape(shape)}: they must agree`);
  }
  return shape;
};

/** Visits every (x entry, weight entry, y entry) whose product the convolution sums, with their flat indices. */
const visit = (input: Shape, weights: Shape, geometry: Geometry, each: (x: number, w: number, y: number) => void): void => {
  const [n, h, w, cin] = [0, 1, 2, 3].map((axis) => axisLength(input, axis)) as [number, number, number, number];
  const [kh, kw, , cout] = [0, 1, 2, 3].map((axis) => axisLength(weights, axis)) as [number, number, number, number];
  const [oh, ow] = outputSize([h, w], [kh, kw], geometry);
  for (let image = 0; image < n; image++)
    for (let oy = 0; oy < oh; oy++)
      for (let ox = 0; ox < ow; ox++)
        for (let ky = 0; ky < kh; ky++) {
          const iy = oy * geometry.stride[0] + ky - geometry.padding.top;
          if (iy < 0 || iy >= h) continue;
          for (let kx = 0; kx < kw; kx++) {
            const ix = ox * geometry.stride[1] + kx - geometry.padding.left;
            if (ix < 0 || ix >= w) continue;
            for (let ci = 0; ci < cin; ci++)
              for (let co = 0; co < cout; co++)
                each(
                  ((image * h + iy) * w + ix) * cin + ci,
                  ((ky * kw + kx) * cin + ci) * cout + co,
                  ((image * oh + oy) * ow + ox) * cout + co,
                );
          }
        }
};

export const convolve = (x: Tensor, weights: Tensor, geometry: Geometry): Tensor => {
  const shape = outputShape("convolve", x.shape, weights.shape, geometry);
  const data = new Float64Array(sizeOf(shape));
  visit(x.shape, weights.shape, geometry, (xi, wi, yi) => {
    data[yi] = at(data, yi) + at(x.data, xi) * at(weights.data, wi);
  });
  return unsafeTensor(shape, data);
};

export const convolveToInput = (dy: Tensor, weights: Tensor, geometry: Geometry, input: Shape): Tensor => {
  outputShape("convolveToInput", input, weights.shape, geometry, dy.shape);
  const data = new Float64Array(sizeOf(input));
  visit(input, weights.shape, geometry, (xi, wi, yi) => {
    data[xi] = at(data, xi) + at(dy.data, yi) * at(weights.data, wi);
  });
  return unsafeTensor(input, data);
};

export const convolveToWeights = (x: Tensor, dy: Tensor, geometry: Geometry, weights: Shape): Tensor => {
  outputShape("convolveToWeights", x.shape, weights, geometry, dy.shape);
  const data = new Float64Array(sizeOf(weights));
  visit(x.shape, weights, geometry, (xi, wi, yi) => {
    data[wi] = at(data, wi) + at(dy.data, yi) * at(x.data, xi);
  });
  return unsafeTensor(weights, data);
};
