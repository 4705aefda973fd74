/** The objective of a moment: the probe as if it were the next batch, judged by the metric room's own functions in float64. */
import { referenceKernels } from "../engines/index.js";
import { objective, type RawBatch, summed, termsOf } from "../metric/index.js";
import { seeded, split, uniforms } from "../random/index.js";
import { type Named, scalar, sizeOf, type Tensor, vector } from "../tensor/index.js";
import { evaluationHead, objectiveParts } from "../train/index.js";
import type { Choices } from "./choices.js";
import type { Moment } from "./messages.js";

/** What a visitor moved: the levels, points of the probe. */
export interface Changed {
  readonly levels?: readonly number[] | undefined;
  /** [N, D], in place of the probe's. */
  readonly embeddings?: Tensor | undefined;
}

/** What must be known of a moment to ask its objective. */
export type Judgeable = Pick<Moment, "probe" | "objective">;

const k = referenceKernels;

const levelsName = "regularizer.levels";

/** Numbers for a criterion's draws: the same for every look, so that nothing moves but what is moved. */
const drawn = (seed: number, draws: Named<readonly number[]>): Named<Tensor> =>
  Object.fromEntries(
    Object.entries(draws).map(([name, shape]) => [name, { shape, data: uniforms(sizeOf(shape), split(seeded(seed), `look ${name}`))[0] }]),
  );

/** The objective's parts, the probe as a batch, and the objective's own numbers, with what was moved. */
const given = (choices: Choices, { probe, objective: { classes, parameters, state } }: Judgeable, { levels, embeddings }: Changed) => {
  const parts = objectiveParts(choices, { count: classes, embedding: choices.embedding });
  const whole = objective(parts);
  const batch: RawBatch<Tensor> = {
    embeddings: embeddings ?? probe.embeddings,
    labels: vector(probe.labels),
    draws: drawn(choices.seed, whole.draws(probe.labels.length)),
  };
  const moved = levels === undefined || parameters[levelsName] === undefined ? parameters : { ...parameters, [levelsName]: vector(levels) };
  return { parts, whole, batch, parameters: moved, state };
};

/** Loss and regularizer of the probe, each by itself, and what the head makes of it. */
export const termsAt = (choices: Choices, moment: Judgeable, changed: Changed = {}) => {
  const { parts, batch, parameters, state } = given(choices, moment, changed);
  return { ...termsOf(k, parts)(parameters, state, batch), batch, parameters };
};

/** The objective of the probe, a number. */
export const lossAt = (choices: Choices, moment: Judgeable, changed: Changed = {}): number => {
  const { whole, batch, parameters, state } = given(choices, moment, changed);
  return Number(whole.forward(k)(parameters, state, batch).loss.data[0]);
};

/** Where the embeddings of the probe want to go: minus the objective's gradient in each, [N, D]. */
export const arrowsOf = (terms: ReturnType<typeof termsAt>): Tensor =>
  k.affine(summed(k)(terms, terms.batch.embeddings).pull(scalar(1)).embeddings, -1, 0);

/** Embeddings [n, D] as evaluation and search compare them: what the head makes of them there. */
export const asEvaluated = (choices: Choices, embeddings: Tensor): Tensor => evaluationHead(choices)(k)(embeddings);
