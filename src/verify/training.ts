/** Ten training steps as a subject: the library's own training step, compiled once, against PyTorch's every parameter after every step. */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Engine, type Resident, square } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { batchNorm, convolution, globalAveragePool, linear, maxPool, relu, residual, sequence } from "../nn/index.js";
import { adamScalars } from "../optim/index.js";
import { type Named, named, scalar, type Tensor } from "../tensor/index.js";
import { firstCarried, type Observed, objectiveOf, readObserved, type StepSettings, trainingStep } from "../train/index.js";
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

const run =
  <T>(engine: Engine<T>, golden: GoldenCase): TE.TaskEither<Fault, Outcome<Tensor>> =>
  async () => {
    const settings = settingsOf(golden);
    const { carried, observed: row, shapes, program } = trainingStep(settings);
    const compiled = await engine.compile(shapes, program)();
    if (E.isLeft(compiled)) return compiled;
    const first = firstCarried(settings, 0);
    const outputs: Record<string, Tensor> = {};
    let state: readonly Resident[] = carried.map(({ name }) => engine.upload(golden.inputs[goldenName(name)] ?? named(first, name)));
    for (let step = 0; step < lengthOf(golden.inputs, "images"); step++) {
      const { learningRate, correction1, correction2 } = adamScalars(step + 1, numberAt(golden.settings, "learningRate"), settings.adam);
      const given = [named(golden.inputs, `images.${step}`), named(golden.inputs, "labels"), named(golden.inputs, `uniforms.${step}`)];
      const fed = [...given, learningRate, correction1, correction2].map(engine.upload);
      const done = await compiled.right.run([...state, ...fed])();
      if (E.isLeft(done)) return done;
      for (const resident of [...state, ...fed]) resident.release();
      state = done.right.slice(0, carried.length);
      const read: E.Either<Fault, readonly Tensor[]> = await TE.sequenceSeqArray(done.right.map((resident) => resident.read))();
      if (E.isLeft(read)) return read;
      carried.forEach(({ name }, index) => {
        const value = read.right[index];
        if (value !== undefined) outputs[`${goldenName(name)}.${step}`] = value;
      });
      const observed = read.right[carried.length];
      if (observed !== undefined) Object.assign(outputs, lossesOf(readObserved(row, observed), step));
      done.right[carried.length]?.release();
    }
    for (const resident of state) resident.release();
    compiled.right.close();
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
