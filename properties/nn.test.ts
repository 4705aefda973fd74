import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { square } from "../src/engines/index.js";
import {
  averagePool,
  batchNorm,
  compactBackbone,
  convolution,
  describe as describeNetwork,
  globalAveragePool,
  initialise,
  type Layer,
  linear,
  type Mode,
  maxPool,
  relu,
  residual,
  resnet18,
} from "../src/nn/index.js";
import { at, type Named, type Shape, sizeOf, type Tensor, unsafeTensor } from "../src/tensor/index.js";
import { gradientMatchesDifferences, reference as k, noise, right, sameSeedSameValue, seeds } from "./laws.js";

/** Parameters and state that are not at their first values, so that no gradient hides behind a 0 or a 1. */
const shaken = (layer: Layer, seed: number) => {
  const about = (specs: Layer["parameters"], positive: boolean): Named<Tensor> =>
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => {
        const values = noise(shape, seed, name);
        return [
          name,
          positive
            ? unsafeTensor(
                shape,
                Float64Array.from(values.data, (value) => 0.5 + Math.abs(value)),
              )
            : values,
        ];
      }),
    );
  return { parameters: about(layer.parameters, false), state: about(layer.state, true) };
};

/** The gradients in x and in each parameter against differences, and the output's shape against `outputShape`. */
const gradientsMatch = (layer: Layer, input: Shape, seed: number, mode: Mode = "train", bound = 1e-5): void => {
  const { parameters, state } = shaken(layer, seed);
  const x = noise(input, seed, "x");
  const forward = layer.forward(k, mode);
  expect(forward(parameters, state, x).y.shape).toEqual(right(layer.outputShape(input)));
  gradientMatchesDifferences(
    (input) => {
      const { y, pull } = forward(parameters, state, input);
      return [y, (dy) => pull(dy).x];
    },
    x,
    seed,
    bound,
  );
  for (const name of Object.keys(parameters)) {
    const parameter = parameters[name];
    if (parameter === undefined) throw new Error(name);
    gradientMatchesDifferences(
      (changed) => {
        const { y, pull } = forward({ ...parameters, [name]: changed }, state, x);
        return [y, (dy) => pull(dy).parameters[name] ?? unsafeTensor([], new Float64Array(1))];
      },
      parameter,
      seed,
      bound,
    );
  }
};

const RUNS = { numRuns: 25 };
const none = new Float64Array(0);
const small = (max: number) => fc.integer({ min: 1, max });

describe("each layer's gradients are confirmed by differences", () => {
  test("convolution: any kernel, stride and padding, with and without bias", () =>
    fc.assert(
      fc.property(
        fc.record({
          n: small(2),
          h: small(6),
          w: small(6),
          inputs: small(3),
          outputs: small(3),
          kh: small(4),
          kw: small(3),
          sy: small(2),
          sx: small(3),
          top: fc.nat(2),
          right: fc.nat(2),
          bias: fc.boolean(),
        }),
        seeds,
        ({ n, h, w, inputs, outputs, kh, kw, sy, sx, top, right: padRight, bias }, seed) => {
          fc.pre(h + top >= kh && w + padRight >= kw);
          const padding = { top, bottom: 0, left: 0, right: padRight };
          gradientsMatch(convolution({ inputs, outputs, size: [kh, kw], stride: [sy, sx], padding, bias }), [n, h, w, inputs], seed);
        },
      ),
      RUNS,
    ));
  test("batch normalisation: training and frozen", () =>
    fc.assert(
      fc.property(
        small(3),
        small(3),
        small(4),
        small(4),
        seeds,
        fc.constantFrom("train" as const, "frozen" as const),
        (n, h, w, c, seed, mode) => {
          fc.pre(n * h * w > 2);
          gradientsMatch(batchNorm(c), [n, h, w, c], seed, mode, 1e-4);
        },
      ),
      RUNS,
    ));
  test("relu, linear, pooling", () =>
    fc.assert(
      fc.property(small(3), small(5), small(5), small(3), seeds, (n, h, w, c, seed) => {
        gradientsMatch(relu, [n, h, w, c], seed);
        gradientsMatch(globalAveragePool, [n, h, w, c], seed);
        gradientsMatch(linear(h, w), [n, h], seed);
        gradientsMatch(linear(h, w, false), [n, h], seed);
        gradientsMatch(averagePool({ size: [3, 2], ...square(2, 1) }), [n, h + 2, w + 2, c], seed);
        gradientsMatch(maxPool({ size: [3, 3], ...square(2, 1) }), [n, h + 2, w + 2, c], seed);
      }),
      RUNS,
    ));
  test("residual blocks and a whole small network", () =>
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 2), fc.constantFrom(2, 3), (seed, stride, outputs) => {
        gradientsMatch(residual({ inputs: 2, outputs, stride }), [2, 4, 3, 2], seed, "train", 1e-4);
        gradientsMatch(compactBackbone({ inputs: 2, width: 2, stages: 2, embedding: 2 }), [2, 7, 7, 2], seed, "frozen", 1e-4);
        gradientsMatch(compactBackbone({ inputs: 1, width: 1, stages: 2, embedding: 2 }), [3, 9, 9, 1], seed, "train", 1e-4);
      }),
      { numRuns: 2 },
    ));
});

describe("batch normalisation", () => {
  test("training: each channel has mean `shift` and deviation `scale`, and the running statistics move by their momentum", () => {
    const layer = batchNorm(2);
    const x = noise([4, 3, 3, 2], 7);
    const { parameters, state } = shaken(layer, 3);
    const { y, state: next } = layer.forward(k, "train")(parameters, state, x);
    const channel = (t: Tensor, c: number) => Array.from(t.data).filter((_, i) => i % 2 === c);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    for (const c of [0, 1]) {
      const [raw, out] = [channel(x, c), channel(y, c)];
      expect(mean(out)).toBeCloseTo(at(parameters.shift?.data ?? none, c), 9);
      const unbiased = raw.reduce((sum, value) => sum + (value - mean(raw)) ** 2, 0) / (raw.length - 1);
      expect(at(next.mean?.data ?? none, c)).toBeCloseTo(0.9 * at(state.mean?.data ?? none, c) + 0.1 * mean(raw), 12);
      expect(at(next.variance?.data ?? none, c)).toBeCloseTo(0.9 * at(state.variance?.data ?? none, c) + 0.1 * unbiased, 12);
    }
  });
  test("frozen and evaluation leave the running statistics alone and give the same output; evaluation trains nothing", () => {
    const layer = batchNorm(3);
    const x = noise([2, 2, 2, 3], 1);
    const { parameters, state } = shaken(layer, 2);
    const frozen = layer.forward(k, "frozen")(parameters, state, x);
    const evaluated = layer.forward(k, "evaluate")(parameters, state, x);
    expect(frozen.state).toEqual(state);
    expect(evaluated.y).toEqual(frozen.y);
    expect(evaluated.pull(x).parameters).toEqual({});
    expect(evaluated.pull(x).x).toEqual(frozen.pull(x).x);
  });
});

describe("networks", () => {
  test("the compact backbone has between 0.3 and 1.5 million parameters at its default and at twice its width", () => {
    const sizes = [16, 32].map((width) => describeNetwork(compactBackbone({ width }), [1, 64, 64, 3]));
    expect(sizes).toEqual([
      { parameters: 315_792, multiplyAdds: 16_271_360 },
      { parameters: 1_242_848, multiplyAdds: 64_000_000 },
    ]);
  });
  test("ResNet-18 has the published size: 11,176,512 parameters before its head, 1.81 billion multiply-adds at 224", () => {
    const network = resnet18(10);
    const { parameters, multiplyAdds } = describeNetwork(network, [1, 224, 224, 3]);
    expect(parameters - (512 * 10 + 10)).toBe(11_176_512);
    expect(multiplyAdds / 1e9).toBeCloseTo(1.82, 1);
    expect(right(network.outputShape([2, 224, 224, 3]))).toEqual([2, 10]);
  });
  test("a wrong input is an error that names the layer and the axis", () => {
    const wrong: readonly (readonly [Layer, Shape, string])[] = [
      [compactBackbone(), [1, 64, 64, 4], "stem.conv: convolution: expects 3 channels on the last axis, got 4"],
      [compactBackbone(), [1, 64], "stem.conv: convolution: needs images [N, H, W, C], got [1 x 64]"],
      [residual({ inputs: 2, outputs: 3, stride: 2 }), [1, 5, 5, 4], "conv1: convolution: expects 2 channels on the last axis, got 4"],
      [maxPool({ size: [3, 3], ...square(1, 0) }), [1, 5, 2, 1], "maxPool: the width of [1 x 5 x 2 x 1] is smaller than the 3 x 3 window"],
      [linear(8, 2), [1, 7], "linear: expects [N, 8], got [1 x 7]"],
      [batchNorm(3), [1, 2, 2, 4], "batchNorm: expects 3 channels on the last axis of [1 x 2 x 2 x 4]"],
    ];
    for (const [layer, input, message] of wrong) expect(layer.outputShape(input)).toMatchObject({ left: { message } });
  });
  test("a residual block's branch and shortcut agree on every side and stride", () =>
    fc.assert(
      fc.property(small(7), small(7), small(3), seeds, (h, w, stride, seed) => {
        const layer = residual({ inputs: 1, outputs: 2, stride });
        const { parameters, state } = shaken(layer, seed);
        const { y } = layer.forward(k, "frozen")(parameters, state, noise([1, h, w, 1], seed));
        expect(y.shape).toEqual(right(layer.outputShape([1, h, w, 1])));
      }),
      RUNS,
    ));
  test("initialisation: one seed one network, He deviation, and other tensors unmoved when a layer is added", () => {
    const specs = compactBackbone().parameters;
    sameSeedSameValue((seed) => initialise(specs, seed), 4);
    const weight = initialise(specs, 1)["stage4.block1.conv2.weight"];
    if (weight === undefined) throw new Error("no such weight");
    const variance = Array.from(weight.data).reduce((sum, value) => sum + value * value, 0) / sizeOf(weight.shape);
    expect(variance * ((9 * 128) / 2)).toBeCloseTo(1, 1);
    const deeper = initialise(compactBackbone({ depth: 2 }).parameters, 1);
    expect(deeper["stage4.block1.conv2.weight"]).toEqual(weight);
  });
});
