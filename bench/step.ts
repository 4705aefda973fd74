/** The whole training step that everyone is timed on: triplet loss with MDR, Adam, on one of two backbones. */

import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine, Program, Resident } from "#mdr/engines/index.js";
import type { Fault } from "#mdr/faults/index.js";
import { compactBackbone, type Layer, resnet18 } from "#mdr/nn/index.js";
import { generate } from "#mdr/tensor/index.js";
import { objectiveOf, trainingStep } from "#mdr/train/index.js";
import type { Work } from "./contestant.js";

export type StepWork = Extract<Work, { kind: "step" }>;

export const EMBEDDING = 64;

export const backboneOf = (work: StepWork): Layer => (work.backbone === "compact" ? compactBackbone() : resnet18(EMBEDDING));

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

/** Multiply-adds forward and twice backward, two operations each. */
export const stepFlops = (work: StepWork): number => 6 * backboneOf(work).multiplyAdds([work.batch, work.side, work.side, 3]);

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

export const prepareStep = async <T>(engine: Engine<T>, work: StepWork): Promise<Prepared> => {
  const step = stepOf(work);
  const program = await must(engine.compile(step.shapes, step.program));
  const labels = step.carried.length + 1;
  const inputs = step.shapes.map((shape, index) =>
    engine.upload(generate(shape, (flat) => (index === labels ? flat % (work.batch / 4) : 0.5 + 0.1 * Math.sin(1.7 * flat + index)))),
  );
  return prepared(program, inputs, -1);
};
