import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { square } from "../src/engines/index.js";
import {
  averagePool,
  batchNorm,
  compactBackbone,
  convolution,
  describe as describeNetwork,
  type Forward,
  globalAveragePool,
  initialise,
  inverseRoot,
  type Layer,
  linear,
  type Mode,
  maxPool,
  relu,
  residual,
  resnet18,
  sequence,
  tapped,
  whitened,
  whitening,
} from "../src/nn/index.js";
import { at, generate, type Named, type Shape, sizeOf, type Tensor, unsafeTensor, vector } from "../src/tensor/index.js";
import { gradientMatchesDifferences, reference as k, noise, right, sameSeedSameValue, seeds } from "./laws.js";

/** Of the rows of [N, D], about their mean, divided by N - 1: [D, D]. */
const covarianceOf = ({ shape: [count = 0, features = 0], data }: Tensor): Tensor => {
  const mean = Array.from(
    { length: features },
    (_, j) => Array.from({ length: count }, (_, i) => at(data, i * features + j)).reduce((a, b) => a + b, 0) / count,
  );
  const apart = (i: number, j: number) => at(data, i * features + j) - (mean[j] ?? 0);
  return generate([features, features], (flat) => {
    const [a, b] = [Math.floor(flat / features), flat % features];
    return Array.from({ length: count }, (_, i) => apart(i, a) * apart(i, b)).reduce((sum, one) => sum + one, 0) / (count - 1);
  });
};

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
  test("taps: every part of the trunk and every tap", () =>
    fc.assert(
      fc.property(small(3), small(4), small(3), seeds, (n, h, c, seed) => {
        const part = (name: string, inputs: number, outputs: number) => ({
          trunk: [name, convolution({ inputs, outputs, size: [3, 3], bias: false, ...square(1, 1) })] as const,
          tap: sequence([
            ["pool", globalAveragePool],
            ["norm", batchNorm(outputs)],
            ["head", linear(outputs, 2)],
          ]),
        });
        gradientsMatch(tapped([part("a", c, 2), part("b", 2, 3), part("c", 3, 1)]), [n, h, h, c], seed, "frozen", 1e-4);
      }),
      RUNS,
    ));
  test("whitening: in training and in evaluation", () =>
    fc.assert(
      fc.property(small(4), small(5), seeds, (n, d, seed) => {
        gradientsMatch(whitening(d), [n, d], seed, "train");
        const x = noise([n, d], seed, "x");
        const forward = whitening(d).forward(k, "evaluate");
        gradientMatchesDifferences(
          (input) => {
            const { y, pull } = forward(
              {},
              { mean: noise([d], seed, "mean"), covariance: covarianceOf(noise([3 * d + 1, d], seed, "rows")) },
              input,
            );
            return [y, (dy) => pull(dy).x];
          },
          x,
          seed,
          1e-4,
        );
      }),
      RUNS,
    ));
  test("residual blocks and a whole small network", () =>
    fc.assert(
      fc.property(seeds, fc.constantFrom(1, 2), fc.constantFrom(2, 3), (seed, stride, outputs) => {
        gradientsMatch(residual({ inputs: 2, outputs, stride }), [2, 4, 3, 2], seed, "train", 1e-4);
        gradientsMatch(compactBackbone({ inputs: 2, width: 2, stages: 2, embedding: 2 }), [2, 7, 7, 2], seed, "frozen", 1e-4);
        gradientsMatch(
          compactBackbone({ inputs: 2, width: 2, stages: 2, embedding: 2, pooled: "every" }),
          [2, 7, 7, 2],
          seed,
          "frozen",
          1e-4,
        );
        gradientsMatch(compactBackbone({ inputs: 1, width: 1, stages: 2, embedding: 2 }), [3, 9, 9, 1], seed, "train", 1e-4);
      }),
      { numRuns: 2 },
    ));
});

describe("whitening", () => {
  const scaled = ({ shape, data }: Tensor, by: (value: number, index: number) => number): Tensor =>
    unsafeTensor(shape, Float64Array.from(Array.from(data), by));
  const rows = noise([40, 6], 11, "rows");
  const stretched = scaled(rows, (value, index) => value * 3 ** (index % 6) + (index % 6));
  const identity = generate([6, 6], (flat) => (flat % 7 === 0 ? 1 : 0));
  const apart = (a: Tensor, b: Tensor) => Math.max(...Array.from(a.data, (value, index) => Math.abs(value - at(b.data, index))));

  test("the inverse root times the matrix times the inverse root is the identity, up to a ratio of eigenvalues of 10,000", () => {
    for (const base of [1, 1.8, 2.5]) {
      const matrix = covarianceOf(scaled(rows, (value, index) => value * base ** (index % 6) * 1e-3));
      const root = inverseRoot(k)(matrix);
      expect(apart(k.matmul(k.matmul(root, matrix), root), identity)).toBeLessThan(1e-6);
    }
  });

  test("evaluation takes the mean away, makes the covariance the identity where nothing is shrunk, and leaves the directions", () => {
    const state = { mean: vector([0, 1, 2, 3, 4, 5]), covariance: covarianceOf(stretched) };
    const { y } = whitening(6, { momentum: 0.1, shrinkage: 0 }).forward(k, "evaluate")({}, state, stretched);
    const centred = scaled(stretched, (value, index) => value - (index % 6));
    const white = k.matmul(centred, inverseRoot(k)(state.covariance));
    expect(apart(covarianceOf(white), identity)).toBeLessThan(1e-6);
    for (let row = 0; row < 40; row++) {
      const own = (t: Tensor) => Array.from(t.data).slice(6 * row, 6 * row + 6);
      const length = Math.hypot(...own(white));
      expect(Math.hypot(...own(y))).toBeCloseTo(1, 12);
      own(y).forEach((value, index) => {
        expect(value * length).toBeCloseTo(own(white)[index] ?? Number.NaN, 9);
      });
    }
  });

  test("wholly shrunk, evaluation only centres and normalises", () => {
    const state = { mean: vector([0, 1, 2, 3, 4, 5]), covariance: covarianceOf(stretched) };
    const { y } = whitening(6, { momentum: 0.1, shrinkage: 1 }).forward(k, "evaluate")({}, state, stretched);
    const row = Array.from(stretched.data)
      .slice(0, 6)
      .map((value, index) => value - index);
    row.forEach((value, index) => {
      expect(at(y.data, index)).toBeCloseTo(value / Math.hypot(...row), 9);
    });
  });

  test("training lets embeddings and gradients through, and the statistics come to those of the batches", () => {
    const layer = whitening(6);
    const train = layer.forward(k, "train");
    const first = initialise(layer.state, 1);
    const once = train({}, first, stretched);
    expect(once.y).toEqual(stretched);
    expect(once.pull(rows)).toEqual({ parameters: {}, x: rows });
    const last = Array.from({ length: 200 }).reduce<Named<Tensor>>((state) => train({}, state, stretched).state, first);
    expect(apart(last.covariance as Tensor, covarianceOf(stretched)) / Math.max(...covarianceOf(stretched).data)).toBeLessThan(1e-6);
    expect(layer.forward(k, "frozen")({}, last, rows)).toMatchObject({ y: rows, state: last });
  });

  test("a whitened network trains as it does bare, under the same names, and is another in evaluation alone", () => {
    const bare = compactBackbone({ inputs: 2, width: 2, stages: 1, embedding: 3 });
    const network = whitened(bare, 3);
    const { parameters, state } = shaken(network, 5);
    const x = noise([4, 6, 6, 2], 8);
    const [alone, both] = [bare, network].map((one) => one.forward(k, "train")(parameters, state, x)) as [Forward<Tensor>, Forward<Tensor>];
    expect(network.parameters).toEqual(bare.parameters);
    expect(both.y).toEqual(alone.y);
    expect(both.pull(both.y)).toEqual(alone.pull(alone.y));
    expect(Object.keys(both.state).filter((name) => !(name in alone.state))).toEqual(["whitening.mean", "whitening.covariance"]);
    const spd = { ...state, "whitening.covariance": generate([3, 3], (flat) => (flat % 4 === 0 ? 2 : 0.5)) };
    const { y } = network.forward(k, "evaluate")(parameters, spd, x);
    expect(Math.hypot(...Array.from(y.data).slice(0, 3))).toBeCloseTo(1, 9);
  });
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
      [compactBackbone(), [1, 64, 64, 4], "stem: conv: convolution: expects 3 channels on the last axis, got 4"],
      [compactBackbone(), [1, 64], "stem: conv: convolution: needs images [N, H, W, C], got [1 x 64]"],
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
