/** Ten training steps as a subject: the library's own training step, compiled once, against PyTorch's every parameter after every step. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Engine, square } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { batchNorm, convolution, globalAveragePool, linear, maxPool, relu, residual, sequence } from "../nn/index.js";
import { adamScalars } from "../optim/index.js";
import { type Named, named, scalar, type Tensor } from "../tensor/index.js";
import {
  advancer,
  carriedLayout,
  firstCarried,
  type Observed,
  objectiveOf,
  readAll,
  type StepSettings,
  steps,
  trainingStep,
} from "../train/index.js";
import type { GoldenCase } from "./golden.js";
import { lengthOf, numberAt, type Outcome, type Subject } from "./subject.js";

const network = (width: number, dimension: number) =>
  sequence([
    ["conv", convolution({ inputs: 3, outputs: width, size: [3, 3], bias: false, ...square(1, 1) })],
    ["norm", batchNorm(width)],
    ["relu", relu],
    ["block", residual({ inputs: width, outputs: width, stride: 1 })],
    ["pool", maxPool({ size: [2, 2], ...square(2, 0) })],
    ["globalPool", globalAveragePool],
    ["linear", linear(width, dimension)],
  ]);

const settingsOf = ({ settings, inputs }: GoldenCase): StepSettings => ({
  network: network(numberAt(settings, "width"), numberAt(settings, "dimension")),
  objective: objectiveOf({
    method: "triplet-mdr",
    miner: "distance-weighted",
    variant: settings.variant === "official" ? "official" : "paper",
    lambda: numberAt(settings, "lambda"),
    nu: numberAt(settings, "nu"),
    gamma: numberAt(settings, "gamma"),
    margin: numberAt(settings, "margin"),
    levels: Array.from(named(inputs, "levels").data),
  }),
  adam: {
    beta1: numberAt(settings, "beta1"),
    beta2: numberAt(settings, "beta2"),
    epsilon: numberAt(settings, "epsilon"),
    weightDecay: numberAt(settings, "weightDecay"),
  },
  mode: "train",
  images: named(inputs, "images.0").shape,
});

/** What the carried tensors are called in a golden case: without the words before their own name. */
const goldenName = (carried: string): string => carried.replace(/^(parameter|state)\.(network|objective\.regularizer)\./, "");

/** What each step is given, as the case has it. */
async function* givensOf({ settings, inputs }: GoldenCase, { adam }: StepSettings): AsyncGenerator<E.Either<Fault, Named<Tensor>>> {
  for (let step = 0; step < lengthOf(inputs, "images"); step++)
    yield E.right({
      images: named(inputs, `images.${step}`),
      labels: named(inputs, "labels"),
      "draws.loss.miner": named(inputs, `uniforms.${step}`),
      ...adamScalars(step + 1, numberAt(settings, "learningRate"), adam),
    });
}

const run =
  <T>(engine: Engine<T>, golden: GoldenCase): TE.TaskEither<Fault, Outcome<Tensor>> =>
  async () => {
    const settings = settingsOf(golden);
    const made = await advancer(engine, trainingStep(settings), 1)();
    if (E.isLeft(made)) return made;
    const layout = carriedLayout(settings);
    const first = firstCarried(settings, 0);
    const carried = Object.fromEntries(layout.map(({ name }) => [name, golden.inputs[goldenName(name)] ?? named(first, name)]));
    const outputs: Record<string, Tensor> = {};
    const length = lengthOf(golden.inputs, "images");
    for await (const next of steps(engine, made.right, { layout, carried, step: 0 }, givensOf(golden, settings), length)) {
      const after = E.isLeft(next) ? E.left(next.left.fault) : await readAll(layout, next.right.carried)();
      if (E.isLeft(after)) {
        made.right.close();
        return after;
      }
      const [observed] = E.isRight(next) ? next.right.observed : [];
      if (E.isLeft(next) || observed === undefined) continue;
      const step = next.right.done - 1;
      for (const [name, value] of Object.entries(after.right)) outputs[`${goldenName(name)}.${step}`] = value;
      Object.assign(outputs, lossesOf(observed, step));
    }
    made.right.close();
    return E.right({ outputs, gradients: {} });
  };

const lossesOf = (observed: Observed, step: number): Named<Tensor> =>
  Object.fromEntries(["loss", "metricLoss", "mdrLoss"].map((name) => [`${name}.${step}`, scalar(Number(observed[name]))]));

export const trainingSubject: Subject = {
  formula: "training",
  section: "training recipe: ten training steps of a small network",
  pins: ["sequence", "trainingStep"],
  kind: "training",
  run,
};
