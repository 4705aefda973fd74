/**
 * A training run as a stream of events. Everything random in step t is a function of (seed, t), so a run begun from any
 * snapshot goes on exactly as it would have. Whoever reads the stream decides what to do with it: write a folder, draw a
 * page, check numbers; and stops it by reading no further.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Embedder, embedder, networkLayout } from "../embed/index.js";
import type { Engine, Kernels } from "../engines/index.js";
import { distanceHistogram } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import { adamScalars } from "../optim/index.js";
import type { GivenBatch, PictureSource, TrainingSource } from "../pictures/browser.js";
import { type Random, seeded, split, uniforms } from "../random/index.js";
import { axisLength, flatten, type Layout, type Named, prefixed, sizeOf, type Tensor, unflatten, vector } from "../tensor/index.js";
import { type Advancer, advancer } from "./advance.js";
import { bestEpochOf, type Embedded, type EpochReport, type Evaluation, type RunEvent, type Scores, type StepReport } from "./events.js";
import { seenRecall, seenSample } from "./seen.js";
import { splitAdvancer } from "./split.js";
import { carriedLayout, type StepSettings, trainingStep } from "./step.js";
import { readAll, type Stepped, snapshotOf, steps } from "./steps.js";

/** What a run does. */
export interface Plan extends StepSettings {
  /** The head's part in evaluation. */
  readonly head: <T>(k: Kernels<T>) => (embeddings: T) => T;
  readonly seed: number;
  readonly epochs: number;
  /** Steps of an epoch. */
  readonly iterations: number;
  /** Of an epoch, 1 being the first. */
  readonly learningRate: (epoch: number) => number;
  /** Steps that an engine may run as one plan. */
  readonly stepsPerPlan: number;
  /** About how many training pictures are scored after each epoch; none unless given. */
  readonly trainScores?: number;
  /** Pictures that go through the network at once in training; undefined: the whole batch. */
  readonly microBatch: number | undefined;
}

/** The pictures of a run: those that train, and those of classes never seen. Queries search the gallery, or each other. */
export interface RunPictures {
  readonly train: TrainingSource;
  readonly query: PictureSource;
  readonly gallery?: PictureSource | undefined;
}

/** Where a run begins: at its first values, or at those of a checkpoint. */
export interface Beginning {
  readonly carried: Named<Tensor>;
  /** Steps done. */
  readonly step: number;
  /** Scores of the epochs done; the first is of epoch 0. Empty: epoch 0 is still to be evaluated. */
  readonly history: readonly Scores[];
}

/** Scores of embedded queries; `recall@1` must be among them and decides the best epoch. */
export type Score = (queries: Embedded, gallery?: Embedded) => TE.TaskEither<Fault, Scores>;

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, index) => from + index);

const lastOf = (name: string): string => name.split(".").at(-1) ?? name;

/** Numbers for the objective's draws, each from a stream of the step's that is called as what it is for. */
const drawn = (step: Random, draws: Named<readonly number[]>): Named<Tensor> =>
  Object.fromEntries(
    Object.entries(draws).map(([name, shape]) => [name, { shape, data: uniforms(sizeOf(shape), split(step, lastOf(name)))[0] }]),
  );

/** How many of the training pictures show how distances lie, spread evenly over them. */
const sampled = (count: number, batch: number): readonly number[] => {
  const sample = Math.min(count, 4 * batch);
  return range(0, sample).map((index) => Math.floor((index * count) / sample));
};

/** What a run computes with. */
interface Machinery {
  readonly advancer: Advancer;
  readonly evaluator: Embedder;
}

const machinery = <T>(engine: Engine<T>, plan: Plan): TE.TaskEither<Fault, Machinery> =>
  pipe(
    plan.microBatch === undefined ? advancer(engine, trainingStep(plan), plan.stepsPerPlan) : splitAdvancer(engine, plan, plan.microBatch),
    TE.chain((advancing) =>
      pipe(
        embedder(engine, { network: plan.network, head: plan.head, images: evaluated(plan) }),
        TE.mapLeft((fault) => {
          advancing.close();
          return fault;
        }),
        TE.map((evaluator): Machinery => ({ advancer: advancing, evaluator })),
      ),
    ),
  );

/** Evaluation needs no more memory than a micro-batch. */
const evaluated = ({ images: [count = 0, ...picture], microBatch = count }: Plan): readonly number[] => [microBatch, ...picture];

/** The training classes by their labels: 0, 1, .. in ascending order. */
export const classNumbers = (labels: readonly number[]): ReadonlyMap<number, number> =>
  new Map([...new Set(labels)].sort((a, b) => a - b).map((label, number) => [label, number]));

/** What the steps are given, `first` being the first; the pictures of the last `held` are good. */
async function* givenSteps(plan: Plan, train: TrainingSource, first: number, held: number): AsyncGenerator<E.Either<Fault, Named<Tensor>>> {
  const random = split(seeded(plan.seed), "steps");
  const numbers = classNumbers(train.labels);
  const draws = plan.objective.draws(axisLength(plan.images, 0));
  let number = first;
  for await (const batch of train.batches(random, first, held)) {
    const step = number;
    yield E.chain(({ images, labels }: GivenBatch): E.Either<Fault, Named<Tensor>> => {
      const strange = labels.find((label) => !numbers.has(label));
      if (strange !== undefined)
        return E.left(failed(`a picture is of class ${strange}, of which no training picture is`, { where: `the batch of step ${step}` }));
      return E.right({
        images,
        labels: vector(labels.map((label) => numbers.get(label) ?? 0)),
        ...prefixed("draws", drawn(split(random, step), draws)),
        ...adamScalars(step, plan.learningRate(epochOf(plan, step)), plan.adam),
      });
    })(batch);
    number += 1;
  }
}

/** The epoch that a step belongs to, 1 being the first of both. */
const epochOf = ({ iterations }: Pick<Plan, "iterations">, step: number): number => Math.ceil(step / iterations);

/** Scores on the unseen classes, and how the distances of training pictures lie. */
const evaluate = (
  plan: Plan,
  layout: Layout,
  evaluator: Embedder,
  pictures: RunPictures,
  score: Score,
  { done, carried }: Stepped,
): TE.TaskEither<Fault, { readonly report: EpochReport; readonly evaluation: Evaluation }> => {
  const byName = unflatten(layout, carried);
  const network = flatten(networkLayout(plan.network), byName);
  const embedded = (source: PictureSource): TE.TaskEither<Fault, Embedded> =>
    pipe(
      evaluator.embed(network, source, range(0, source.count)),
      TE.map((embeddings) => ({ embeddings, labels: source.labels })),
    );
  // Those that the steps report too: a vector for each class is nothing to read.
  const own = layout.filter(({ name }) => name.startsWith("parameter.objective.") && lastOf(name) in plan.objective.parts);
  const shown = sampled(pictures.train.count, axisLength(plan.images, 0));
  const known = seenSample(pictures.train.labels, plan.trainScores ?? 0);
  return pipe(
    TE.Do,
    TE.bind("queries", () => embedded(pictures.query)),
    TE.bind("gallery", () => (pictures.gallery === undefined ? TE.right(undefined) : embedded(pictures.gallery))),
    TE.bind("seen", () => evaluator.embed(network, pictures.train, shown)),
    TE.bind("trained", () => (known.length === 0 ? TE.right(undefined) : evaluator.embed(network, pictures.train, known))),
    TE.bind("learned", () => readAll(own, flatten(own, byName))),
    TE.bind("scores", ({ queries, gallery }) => score(queries, gallery)),
    TE.map(({ queries, gallery, scores, seen, trained, learned }) => ({
      report: {
        epoch: done / plan.iterations,
        step: done,
        scores,
        histogram: distanceHistogram(
          seen,
          shown.map((index) => pictures.train.labels[index] ?? 0),
        ),
        ...(trained === undefined ? {} : { trained: seenRecall(trained, pictures.train.labels, known) }),
        learned: Object.fromEntries(Object.entries(learned).map(([name, { data }]) => [lastOf(name), Array.from(data)])),
      },
      evaluation: { queries, gallery },
    })),
  );
};

const reportsOf = (plan: Plan, { done, observed, milliseconds }: Stepped): readonly StepReport[] => {
  const imagesPerSecond = (1000 * axisLength(plan.images, 0) * observed.length) / milliseconds;
  return observed.map((seen, index): StepReport => {
    const step = done - observed.length + 1 + index;
    const epoch = epochOf(plan, step);
    return { ...seen, epoch, step, learningRate: plan.learningRate(epoch), imagesPerSecond };
  });
};

/** Trains from `begun` to the plan's last epoch. The last event is of the last epoch, or a fault. */
export async function* run<T>(
  engine: Engine<T>,
  plan: Plan,
  pictures: RunPictures,
  score: Score,
  begun: Beginning,
): AsyncGenerator<RunEvent, void> {
  const made = await machinery(engine, plan)();
  if (E.isLeft(made)) {
    yield { kind: "fault", fault: made.left, step: begun.step };
    return;
  }
  const { advancer: advancing, evaluator } = made.right;
  const { iterations, epochs } = plan;
  const layout = carriedLayout(plan);
  const givens = givenSteps(plan, pictures.train, begun.step + 1, advancing.most);
  // No plan crosses the end of an epoch.
  const room = (done: number): number => iterations - (done % iterations);
  let history = begun.history;
  try {
    for await (const next of steps(engine, advancing, { ...begun, layout }, givens, epochs * iterations, room)) {
      const { done, carried } = E.isLeft(next) ? next.left : next.right;
      const snapshot = snapshotOf(layout, carried);
      if (E.isLeft(next)) {
        yield { kind: "fault", fault: next.left.fault, step: done, snapshot };
        return;
      }
      if (next.right.observed.length > 0) yield { kind: "steps", reports: reportsOf(plan, next.right), snapshot };
      // Epoch 0 is before training; an epoch that a checkpoint knows is not evaluated again.
      if (done % iterations !== 0 || history.length > done / iterations) continue;
      const evaluated = await evaluate(plan, layout, evaluator, pictures, score, next.right)();
      if (E.isLeft(evaluated)) {
        yield { kind: "fault", fault: evaluated.left, step: done, snapshot };
        return;
      }
      const { report, evaluation } = evaluated.right;
      history = [...history, report.scores];
      yield { kind: "epoch", report, evaluation, history, best: bestEpochOf(history) === report.epoch, snapshot };
    }
  } finally {
    advancing.close();
    evaluator.close();
  }
}
