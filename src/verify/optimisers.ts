/** Optimisers and schedules as subjects: what each golden case of golden/optimisers.json runs. */
import * as E from "fp-ts/lib/Either.js";
import { adam, adamScalars, cosineSchedule, sgd, stepSchedule } from "../optim/index.js";
import { named, scalar, zeros } from "../tensor/index.js";
import { type Formula, lengthOf, numberAt, type Settings, type Subject, subject } from "./subject.js";

/** Twenty steps in one program, given the gradient of each. */
const adamSteps: Formula = (k, settings) => (inputs) => {
  const own = {
    beta1: numberAt(settings, "beta1"),
    beta2: numberAt(settings, "beta2"),
    epsilon: numberAt(settings, "epsilon"),
    weightDecay: numberAt(settings, "weightDecay"),
  };
  const start = named(inputs, "parameter");
  const zero = k.constant(zeros(k.shapeOf(start)));
  const outputs: Record<string, typeof start> = {};
  let state = { parameter: start, first: zero, second: zero };
  for (let step = 0; step < lengthOf(inputs, "gradient"); step++) {
    const { learningRate, correction1, correction2 } = adamScalars(step + 1, numberAt(settings, "learningRate"), own);
    const scalars = { learningRate: k.constant(learningRate), correction1: k.constant(correction1), correction2: k.constant(correction2) };
    state = adam(k, own)(scalars)(state, named(inputs, `gradient.${step}`));
    outputs[`parameter.${step}`] = state.parameter;
  }
  return { outputs, gradients: {} };
};

const sgdSteps: Formula = (k, settings) => (inputs) => {
  const start = named(inputs, "parameter");
  const rate = k.constant(scalar(numberAt(settings, "learningRate")));
  const advance = sgd(k, { momentum: numberAt(settings, "momentum"), weightDecay: numberAt(settings, "weightDecay") })(rate);
  const outputs: Record<string, typeof start> = {};
  let state = { parameter: start, velocity: k.constant(zeros(k.shapeOf(start))) };
  for (let step = 0; step < lengthOf(inputs, "gradient"); step++) {
    state = advance(state, named(inputs, `gradient.${step}`));
    outputs[`parameter.${step}`] = state.parameter;
  }
  return { outputs, gradients: {} };
};

/** A schedule runs on no engine: a function of the epoch. */
const scheduleSubject = (
  formula: string,
  section: string,
  pin: string,
  rateOf: (settings: Settings) => (epoch: number) => number,
): Subject => ({
  formula,
  section,
  pins: [pin],
  kind: "formula",
  run: (_, golden) => async () => {
    const epochs = named(golden.inputs, "epochs");
    const data = Float64Array.from(epochs.data, rateOf(golden.settings));
    return E.right({ outputs: { rates: { shape: epochs.shape, data } }, gradients: {} });
  },
});

const milestonesOf = (settings: Settings): readonly number[] => (Array.isArray(settings.milestones) ? settings.milestones.map(Number) : []);

export const optimiserSubjects: readonly Subject[] = [
  subject({ formula: "adam", section: "training recipe: Adam, decay added to the gradient", pins: ["adam", "adamScalars"] }, adamSteps),
  subject({ formula: "sgd", section: "optimiser: SGD with momentum", pins: ["sgd"] }, sgdSteps),
  scheduleSubject("schedule", "training recipe: learning rate after milestones", "stepSchedule", (settings) =>
    stepSchedule(numberAt(settings, "learningRate"), milestonesOf(settings), numberAt(settings, "factor")),
  ),
  scheduleSubject("cosineSchedule", "schedule: half a cosine after a warm-up", "cosineSchedule", (settings) =>
    cosineSchedule(numberAt(settings, "learningRate"), numberAt(settings, "epochs"), numberAt(settings, "warmUp")),
  ),
];
