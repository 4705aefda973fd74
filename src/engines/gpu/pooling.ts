/** Pooling over [N, H, W, C] and its gradients, as gathers over padded images. */
import type { Shape } from "../../tensor/index.js";
import type { Primitives } from "../engine.js";
import { outputSize, type Window } from "../geometry.js";
import { four, pad, phases } from "./convolution.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText, split } from "./source.js";

/** Below every float32 a network produces: padding that is never the largest. */
const lowest = -3.4028234e38;

/** A loop over the window of each output: `body` sees the entry v and its place in the window. */
const overWindows = (
  trace: Tracer,
  name: string,
  image: GpuTensor,
  height: number,
  width: number,
  window: Window,
  text: WindowText,
): GpuTensor => {
  const [count, paddedHeight, paddedWidth, channels] = four(image.shape);
  const [windowHeight, windowWidth] = window.size;
  const [strideY, strideX] = window.stride;
  const shape = [count, height, width, channels];
  return trace.launch(`${name} ${image.shape.join(" ")} ${JSON.stringify(window)}`, shape, [image], (dialect) =>
    kernelText(
      dialect,
      1,
      `${coordinates(dialect, shape, ["n", "y", "x", "c"])} ` +
        `let p = ((n * ${paddedHeight} + y * ${strideY}) * ${paddedWidth} + x * ${strideX}) * ${channels} + c; ${text.before} ` +
        `for (let ky = 0; ky < ${windowHeight}; ky++) { for (let kx = 0; kx < ${windowWidth}; kx++) { ` +
        `const v = a0[p]; ${text.each} p = p + ${channels}; } p = p + ${(paddedWidth - windowWidth) * channels}; } return ${text.result};`,
    ),
  );
};

interface WindowText {
  readonly before: string;
  readonly each: string;
  readonly result: string;
}

const outputOf = (x: GpuTensor, window: Window): readonly [number, number] => {
  const [, height, width] = four(x.shape);
  return outputSize([height, width], window.size, window);
};

/** KH KW comparisons, 4 KH KW bytes (cached) a result. */
const maxPool = (trace: Tracer, x: GpuTensor, window: Window): GpuTensor => {
  const [height, width] = outputOf(x, window);
  const image = pad(trace, x, window.padding, lowest);
  return overWindows(trace, "maxPool", image, height, width, window, {
    before: "let s = a0[p];",
    each: "if (v > s || v != v) { s = v; }",
    result: "s",
  });
};

/** The window's width and height rounded up to whole strides: how places in it are numbered. */
const pitch = ({ size, stride }: Window): readonly [number, number] => [
  Math.ceil(size[0] / stride[0]) * stride[0],
  Math.ceil(size[1] / stride[1]) * stride[1],
];

/** Place in its window, ky * pitch + kx, of the first largest entry: KH KW comparisons a result. */
const firstLargest = (trace: Tracer, x: GpuTensor, window: Window): GpuTensor => {
  const [height, width] = outputOf(x, window);
  const image = pad(trace, x, window.padding, lowest);
  return overWindows(trace, "firstLargest", image, height, width, window, {
    before: "let s = a0[p]; let place = 0.0;",
    each: `if (v > s) { s = v; place = ky * ${pitch(window)[1]} + kx; }`,
    result: "place",
  });
};

/** For each input entry, a loop over the outputs whose window holds it, at [ky, kx] of that window. */
const overOutputs = (
  trace: Tracer,
  name: string,
  inputs: readonly GpuTensor[],
  outputHeight: number,
  outputWidth: number,
  input: Shape,
  window: Window,
  each: string,
): GpuTensor => {
  const [count, height, width, channels] = four(input);
  const { top, left } = window.padding;
  const [strideY, strideX] = window.stride;
  const down = phases(height, window.size[0], strideY, top, outputHeight);
  const across = phases(width, window.size[1], strideX, left, outputWidth);
  const margins = { top: down.before, bottom: down.after, left: across.before, right: across.after };
  // Padding is marked by place -1 in an array of places, and adds 0 in a gradient.
  const images = inputs.map((image, k) => pad(trace, image, margins, k === 0 ? 0 : -1));
  const paddedHeight = outputHeight + down.before + down.after;
  const paddedWidth = outputWidth + across.before + across.after;
  return trace.launch(`${name} ${outputHeight} ${outputWidth} ${input.join(" ")} ${JSON.stringify(window)}`, input, images, (dialect) =>
    kernelText(
      dialect,
      images.length,
      `${coordinates(dialect, [count, height, width, channels], ["n", "y", "x", "c"])} ` +
        `const ay = y + ${top}; ${split(dialect, "ay", strideY, height + top, ["qy", "py"])} ` +
        `const ax = x + ${left}; ${split(dialect, "ax", strideX, width + left, ["qx", "px"])} ` +
        `let p = ((n * ${paddedHeight} + (qy + ${down.before})) * ${paddedWidth} + (qx + ${across.before})) * ${channels} + c; let s = 0.0; ` +
        `for (let ty = 0; ty < ${down.taps}; ty++) { const ky = py + ty * ${strideY}; ` +
        `for (let tx = 0; tx < ${across.taps}; tx++) { const kx = px + tx * ${strideX}; ${each} p = p - ${channels}; } ` +
        `p = p - ${(paddedWidth - across.taps) * channels}; } return s;`,
    ),
  );
};

export const pooling = (
  trace: Tracer,
): Pick<Primitives<GpuTensor>, "maxPool" | "maxPoolToInput" | "averagePool" | "averagePoolToInput"> => ({
  maxPool: (x, window) => maxPool(trace, x, window),
  /** ceil(KH / stride) ceil(KW / stride) comparisons an input entry, after `firstLargest`. */
  maxPoolToInput: (x, dy, window) => {
    const [, height, width] = four(dy.shape);
    const places = firstLargest(trace, x, window);
    const each = `if (a1[p] == ky * ${pitch(window)[1]} + kx) { s = s + a0[p]; }`;
    return overOutputs(trace, "maxPoolToInput", [dy, places], height, width, x.shape, window, each);
  },
  /** KH KW additions a result. */
  averagePool: (x, window) => {
    const [height, width] = outputOf(x, window);
    return overWindows(trace, "averagePool", pad(trace, x, window.padding), height, width, window, {
      before: "let s = 0.0;",
      each: "s = s + v;",
      result: `s / ${window.size[0] * window.size[1]}.0`,
    });
  },
  /** ceil(KH / stride) ceil(KW / stride) additions an input entry. */
  averagePoolToInput: (dy, window, input) => {
    const [, height, width] = four(dy.shape);
    const [windowHeight, windowWidth] = window.size;
    const each = `if (ky < ${windowHeight} && kx < ${windowWidth}) { s = s + a0[p] / ${windowHeight * windowWidth}.0; }`;
    return overOutputs(trace, "averagePoolToInput", [dy], height, width, input, window, each);
  },
});
