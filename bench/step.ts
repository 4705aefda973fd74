/** The whole training step that everyone is timed on: triplet loss with MDR, Adam, on one of two backbones. */

import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { embedProgram } from "#mdr/embed/index.js";
import type { Engine, Program, Resident } from "#mdr/engines/index.js";
import type { Fault } from "#mdr/faults/index.js";
import { compactBackbone, type Layer, resnet18, resnet50 } from "#mdr/nn/index.js";
import { generate } from "#mdr/tensor/index.js";
import { objectiveOf, trainingStep } from "#mdr/train/index.js";
import type { Work } from "./contestant.js";

export type StepWork = Extract<Work, { backbone: unknown }>;

export const EMBEDDING = 64;

const built: Readonly<Record<StepWork["backbone"], () => Layer>> = {
  compact: compactBackbone,
  resnet18: () => resnet18(EMBEDDING),
  resnet50: () => resnet50(EMBEDDING),
};

export const backboneOf = (work: StepWork): Layer => built[work.backbone]();

/** The paper's recipe of losses. */
export const objectiveOfSteps = () => objectiveOf({ method: "triplet-mdr", variant: "paper", miner: "distance-weighted", lambda: 0.6 });

export const stepOf = (work: StepWork) =>
  trainingStep({
    network: backboneOf(work),
    objective: objectiveOfSteps(),
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-5 },
    mode: "train",
    images: [work.batch, work.side, work.side, 3],
  });

/** Multiply-adds forward and, in a step, twice backward; two operations each. */
export const stepFlops = (work: StepWork): number =>
  (work.kind === "step" ? 6 : 2) * backboneOf(work).multiplyAdds([work.batch, work.side, work.side, 3]);

export const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

export interface Prepared {
  readonly run: () => Promise<void>;
  readonly forget: () => void;
}

/** A program with fixed inputs; each run waits for `watched`, one small output, and releases them all. */
export const prepared = (program: Program, inputs: readonly Resident[], watched: number): Prepared => ({
  run: async () => {
    const outputs = await must(program.run(inputs));
    const one = outputs.at(watched);
    if (one !== undefined) await must(one.read);
    for (const output of outputs) output.release();
  },
  forget: () => {
    program.close();
    for (const input of inputs) input.release();
  },
});

/** Values between 0.4 and 0.6, which no tensor shares with another. */
const someValues = (shape: readonly number[], index: number) => generate(shape, (flat) => 0.5 + 0.1 * Math.sin(1.7 * flat + index));

export const prepareInference = async <T>(engine: Engine<T>, work: StepWork): Promise<Prepared> => {
  const images = [work.batch, work.side, work.side, 3];
  const { shapes, program } = embedProgram({ network: backboneOf(work), head: () => (embeddings) => embeddings, images });
  const compiled = await must(engine.compile(shapes, program));
  return prepared(
    compiled,
    shapes.map((shape, index) => engine.upload(someValues(shape, index))),
    -1,
  );
};

export const prepareStep = async <T>(engine: Engine<T>, work: StepWork): Promise<Prepared> => {
  const step = stepOf(work);
  const program = await must(engine.compile(step.shapes, step.program));
  const labels = step.carried.length + 1;
  const inputs = step.shapes.map((shape, index) =>
    engine.upload(index === labels ? generate(shape, (flat) => flat % Math.max(2, work.batch / 4)) : someValues(shape, index)),
  );
  return prepared(program, inputs, -1);
};
