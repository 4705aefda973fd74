/** The layers as subjects: what each golden case of golden/layers.json runs. */
import { z } from "zod";
import { square } from "../engines/index.js";
import {
  averagePool,
  batchNorm,
  bottleneck,
  convolution,
  globalAveragePool,
  type Layer,
  linear,
  type Mode,
  maxPool,
  parallel,
  relu,
  residual,
  sequence,
  type Tapped,
  tapped,
  whitening,
} from "../nn/index.js";
import type { Shape } from "../tensor/index.js";
import { axisLength, type Named, named } from "../tensor/index.js";
import { type Formula, type Settings, type Subject, subject } from "./subject.js";

const two = z.tuple([z.number(), z.number()]);
const geometry = z.object({
  stride: two,
  padding: z.object({ top: z.number(), bottom: z.number(), left: z.number(), right: z.number() }),
});
const window = geometry.extend({ size: two });
const norm = z.object({ epsilon: z.number(), momentum: z.number() });
const watched = z.object({ momentum: z.number(), shrinkage: z.number() });
const block = z.object({ inputs: z.number(), outputs: z.number(), stride: z.number() });

const modeOf = (settings: Settings): Mode => (settings.mode === "frozen" || settings.mode === "evaluate" ? settings.mode : "train");

const only = <T>(names: readonly string[], from: Named<T>): Named<T> => Object.fromEntries(names.map((name) => [name, named(from, name)]));

/** A layer with its parameters and state among the case's inputs, by their own names. */
const ofLayer =
  (layerOf: (settings: Settings, shapes: (name: string) => Shape) => Layer): Formula =>
  (k, settings) =>
  (inputs) => {
    const layer = layerOf(settings, (name) => k.shapeOf(named(inputs, name)));
    const parameters = only(Object.keys(layer.parameters), inputs);
    const state = only(Object.keys(layer.state), inputs);
    const forward = layer.forward(k, modeOf(settings))(parameters, state, named(inputs, "x"));
    const pulled = forward.pull(named(inputs, "dy"));
    return { outputs: { ...forward.state, y: forward.y }, gradients: { ...pulled.parameters, x: pulled.x } };
  };

const convolutionOf = (settings: Settings, shapeOf: (name: string) => Shape): Layer => {
  const weight = shapeOf("weight");
  return convolution({
    ...geometry.parse(settings),
    size: [axisLength(weight, 0), axisLength(weight, 1)],
    inputs: axisLength(weight, 2),
    outputs: axisLength(weight, 3),
    bias: settings.bias === true,
  });
};

const linearOf = (settings: Settings, shapeOf: (name: string) => Shape): Layer =>
  linear(axisLength(shapeOf("weight"), 0), axisLength(shapeOf("weight"), 1), settings.bias === true);

/** Two convolutions, the second of stride 2, each tapped by a mean over its pixels and a matrix. */
const tappedOf = (_: Settings, shapeOf: (name: string) => Shape): Layer => {
  const part = (name: string, stride: number, bias: boolean): Tapped => {
    const [weight, head] = [shapeOf(`${name}.weight`), shapeOf(`taps.${name}.head.weight`)];
    const [inputs, outputs] = [axisLength(weight, 2), axisLength(weight, 3)];
    return {
      trunk: [name, convolution({ inputs, outputs, size: [3, 3], bias: false, ...square(stride, 1) })],
      tap: sequence([
        ["pool", globalAveragePool],
        ["head", linear(outputs, axisLength(head, 1), bias)],
      ]),
    };
  };
  return tapped([part("first", 1, false), part("second", 2, true)]);
};

/** A 1x1 and a 3x3 convolution beside a pool. */
const parallelOf = (_: Settings, shapeOf: (name: string) => Shape): Layer => {
  const inputs = axisLength(shapeOf("x"), 3);
  const outputs = (name: string): number => axisLength(shapeOf(`${name}.weight`), 3);
  return parallel([
    ["point", convolution({ inputs, outputs: outputs("point"), size: [1, 1], bias: false, ...square(1, 0) })],
    ["square", convolution({ inputs, outputs: outputs("square"), size: [3, 3], bias: true, ...square(1, 1) })],
    ["pool", maxPool({ size: [3, 3], ...square(1, 1) })],
  ]);
};

const layer = (name: string, section: string, layerOf: Parameters<typeof ofLayer>[0]): Subject =>
  subject({ formula: name, section, pins: [name], value: "y" }, ofLayer(layerOf));

export const layerSubjects: readonly Subject[] = [
  layer("convolution", "layer: convolution", convolutionOf),
  layer("batchNorm", "layer: batch normalisation", (settings, shapeOf) => batchNorm(axisLength(shapeOf("scale"), 0), norm.parse(settings))),
  layer("relu", "layer: rectifier", () => relu),
  layer("maxPool", "layer: maximum pooling", (settings) => maxPool(window.parse(settings), settings.rounding === "up" ? "up" : "down")),
  layer("averagePool", "layer: average pooling", (settings) => averagePool(window.parse(settings))),
  layer("globalAveragePool", "layer: global average pooling", () => globalAveragePool),
  layer("linear", "layer: linear", linearOf),
  layer("residual", "layer: residual block", (settings) => residual(block.parse(settings))),
  layer("bottleneck", "layer: bottleneck block", (settings) => bottleneck(block.parse(settings))),
  layer("parallel", "layer: branches side by side", parallelOf),
  layer("whitening", "layer: whitening", (settings, shapeOf) => whitening(axisLength(shapeOf("x"), 1), watched.parse(settings))),
  layer("tapped", "layer: taps", tappedOf),
];
