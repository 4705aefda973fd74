/** Which line of the source computes what a term means: a file of src/, and words that stand on that line and on no other of the file. */
import type { TermName } from "./terms.js";

/** A line of the source. */
export interface Source {
  /** Below src/. */
  readonly file: string;
  /** Stands on one line of it. */
  readonly line: string;
}

const at = (file: string, line: string): Source => ({ file, line });

export const sources: Readonly<Record<TermName, Source>> = {
  embedding: at("nn/linear.ts", "const product = k.matmul(x, w);"),
  "embedding size": at("nn/backbones/compact.ts", "pooledHead(widths.at(-1) ?? width, embedding, true)"),
  network: at("nn/backbones/compact.ts", "export const compactBackbone"),
  distance: at("metric/distances.ts", "const distances = multiply(squareRoot(maximum(squared, floor)), apart);"),
  anchor: at("metric/masks.ts", "return multiply(largestOver(positives, [1]), largestOver(negatives, [1]));"),
  positive: at("metric/masks.ts", "positives: multiply(same, k.constant(offDiagonal(count)))"),
  negative: at("metric/masks.ts", "negatives: not(same)"),
  triplet: at("metric/losses/triplet.ts", "(shift(subtract(distances, k.pick(distances, negativeIndices)), margin));"),
  batch: at("datasets/sampler.ts", "return [indices.slice(0, batchSize), state];"),
  step: at("train/step.ts", "export const trainingStep"),
  epoch: at("train/run.ts", "Math.ceil(step / iterations)"),
  "seen class": at("datasets/split.ts", "[all.slice(0, count), all.slice(count)]"),
  "unseen class": at("datasets/split.ts", "[all.slice(0, count), all.slice(count)]"),
  loss: at("metric/objective.ts", 'metric: judgedBy("loss", loss)'),
  L_triplet: at("metric/losses/triplet.ts", "multiply(total(multiply(relu(violations), mask)), share),"),
  margin: at("metric/losses/margins.ts", "margin of the triplet and the margin loss"),
  head: at("metric/objective.ts", "const headed = head.train(k)(raw.embeddings, squared);"),
  "mean-distance head": at("metric/heads/meanDistance.ts", "const scaled = multiply(embeddings, inverse);"),
  "L2 head": at("metric/heads/l2.ts", "const unit = multiply(within, inverse);"),
  miner: at("metric/losses/triplet.ts", "over(miner.mine(k, variant)(batch))"),
  "distance-weighted sampling": at("metric/mining/distanceWeighted.ts", "scale(logarithm(within), 2 - length),"),
  overfitting: at("train/run.ts", "trained: seenRecall("),
  regularizer: at("metric/objective.ts", 'beside: judgedBy("regularizer", regularizer)'),
  MDR: at("metric/regularizers/mdr.ts", "loss: add(scale(loss, lambda), decay),"),
  mu: at("metric/statistics.ts", "const mean = scale(total(distances), 1 / entries);"),
  sigma: at("metric/statistics.ts", "const variance = scale(total(square(counted))"),
  "mu*": at("metric/statistics.ts", "mean: blend(state.mean, batch.mean),"),
  "sigma*": at("metric/statistics.ts", "deviation: blend(state.deviation, batch.deviation),"),
  gamma: at("metric/statistics.ts", "const keep = scale(state.seen, gamma);"),
  "d-bar": at("metric/normalise.ts", "multiply(subtract(distances, mean), inverse)"),
  level: at("metric/regularizers/mdr.ts", "parameters: { levels: {"),
  "nearest level": at("metric/levels.ts", "k.reshape(k.argMinimum(gaps), shape);"),
  L_MDR: at("metric/mdr.ts", "loss: scale(total(absolute(gaps)), share),"),
  lambda: at("metric/regularizers/mdr.ts", "loss: add(scale(loss, lambda), decay),"),
  nu: at("metric/levels.ts", "scale(total(square(levels)), nu)"),
  L: at("metric/objective.ts", "loss: add(metric.loss, beside.loss),"),
  pull: at("metric/mdr.ts", "const signs = multiply(scale(sign(gaps), share), gradient);"),
  arrow: at("metric/distances.ts", "k.alongDifferences(algebra(k).add(weights, k.transpose(weights)), embeddings);"),
  "Recall@1": at("evaluate/found.ts", "return rank > 0 && rank <= k ? 1 : 0;"),
  "MAP@R": at("evaluate/found.ts", "precisions += hits / rank;"),
  "learning rate": at("optim/schedule.ts", "rate * factor ** milestones"),
  seed: at("random/index.ts", "export const seeded"),
  engine: at("engines/choose.ts", "const automatic = async"),
  variant: at("metric/statistics.ts", 'const official = variant === "official";'),
  collapse: at("metric/heads/meanDistance.ts", "const inverse = reciprocalOrZero(mean);"),
};
