/**
 * A training run as a stream of events. Everything random in step t is a function of (seed, t), so a run begun from any
 * snapshot goes on exactly as it would have. Whoever reads the stream decides what to do with it: write a folder, draw a
 * page, check numbers; and stops it by reading no further.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Embedder, embedder, networkLayout } from "../embed/index.js";
import type { Engine, Kernels, Resident } from "../engines/index.js";
import { distanceHistogram } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import { adamScalars } from "../optim/index.js";
import type { GivenBatch, PictureSource, TrainingSource } from "../pictures/index.js";
import { type Random, seeded, split, uniforms } from "../random/index.js";
import { axisLength, flatten, type Layout, type Named, prefixed, sizeOf, type Tensor, unflatten, vector } from "../tensor/index.js";
import { type Advancer, advancer, releaseAll } from "./advance.js";
import { whatWasLarge } from "./divergence.js";
import { bestEpochOf, type EpochReport, type RunEvent, type Scores, type Snapshot, type StepReport } from "./events.js";
import type { Observed } from "./observe.js";
import { splitAdvancer } from "./split.js";
import { type StepSettings, trainingStep } from "./step.js";

/** A set of embeddings with the class of each. */
export interface Embedded {
  readonly embeddings: Tensor;
  readonly labels: readonly number[];
}

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
export type Score = (queries: Embedded, gallery?: Embedded) => Scores;

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, index) => from + index);

const readAll = (layout: Layout, residents: readonly Resident[]): Snapshot =>
  pipe(
    residents,
    TE.traverseSeqArray(({ read }) => read),
    TE.map((tensors) => unflatten(layout, tensors)),
  );

/** Lets signals, redraws and other tasks have their turn: an engine that computes without waiting never would. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });

/** Numbers for the objective's draws, each named thing from a stream of its own: step t's are a function of (random, t). */
const drawn = (step: Random, draws: Named<readonly number[]>): Named<Tensor> =>
  Object.fromEntries(Object.entries(draws).map(([name, shape]) => [name, { shape, data: uniforms(sizeOf(shape), split(step, name))[0] }]));

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
  const { carried: layout } = trainingStep(plan);
  const batch = axisLength(plan.images, 0);
  const last = plan.epochs * plan.iterations;
  const random = split(seeded(plan.seed), "steps");
  let carried: readonly Resident[] = flatten(layout, begun.carried).map(engine.upload);
  let done = begun.step;
  let history = begun.history;
  const snapshot: Snapshot = () => readAll(layout, carried)();
  const fault = (what: Fault): RunEvent => ({ kind: "fault", fault: what, step: done, snapshot });
  const learningRateOf = (step: number): number => plan.learningRate(Math.ceil(step / plan.iterations));

  /** What step `number` is given, 1 being the first. */
  const givenOf = (number: number, { images, labels }: GivenBatch): Named<Tensor> => ({
    images,
    labels: vector(labels),
    ...prefixed("draws", drawn(split(random, number), plan.objective.draws(batch))),
    ...adamScalars(number, learningRateOf(number), plan.adam),
  });

  /** Scores on the unseen classes, and how the distances of training pictures lie. */
  const evaluate = (epoch: number): TE.TaskEither<Fault, EpochReport> => {
    const network = flatten(networkLayout(plan.network), unflatten(layout, carried));
    const embedded = (source: PictureSource): TE.TaskEither<Fault, Embedded> =>
      pipe(
        evaluator.embed(network, source, range(0, source.count)),
        TE.map((embeddings) => ({ embeddings, labels: source.labels })),
      );
    const own = layout.filter(({ name }) => name.startsWith("parameter.objective."));
    return pipe(
      TE.Do,
      TE.bind("queries", () => embedded(pictures.query)),
      TE.bind("gallery", () => (pictures.gallery === undefined ? TE.right(undefined) : embedded(pictures.gallery))),
      TE.bind("seen", () => evaluator.embed(network, pictures.train, sampled(pictures.train.count, batch))),
      TE.bind("learned", () => readAll(own, flatten(own, unflatten(layout, carried)))),
      TE.map(({ queries, gallery, seen, learned }) => ({
        epoch,
        step: done,
        scores: score(queries, gallery),
        histogram: distanceHistogram(seen),
        learned: Object.fromEntries(Object.entries(learned).map(([name, { data }]) => [name.split(".").at(-1) ?? name, Array.from(data)])),
      })),
    );
  };

  const epochEvent = async (epoch: number): Promise<E.Either<Fault, RunEvent>> => {
    const report = await evaluate(epoch)();
    if (E.isLeft(report)) return report;
    history = [...history, report.right.scores];
    return E.right({ kind: "epoch", report: report.right, history, best: bestEpochOf(history) === epoch, snapshot });
  };

  /** Why a step cannot be kept: its loss is no number. Says what was large in the state before it. */
  const diverged = async (number: number, { loss, ...parts }: Observed): Promise<Fault> => {
    const before = await snapshot();
    const large = E.isRight(before) ? whatWasLarge(before.right) : "unknown";
    const rest = Object.entries(parts).flatMap(([name, value]) => (typeof value === "number" ? [`${name} ${value}`] : []));
    return failed(`the loss is ${loss} (${rest.join(", ")}, learning rate ${learningRateOf(number)}); largest before it: ${large}`, {
      where: `step ${number}`,
      remedy: "lower {learningRate}, or check the pictures",
    });
  };

  const batches = pictures.train.batches(random, done + 1)[Symbol.asyncIterator]();
  const waiting: GivenBatch[] = [];
  try {
    if (history.length === 0) {
      const first = await epochEvent(0);
      yield E.isLeft(first) ? fault(first.left) : first.right;
      if (E.isLeft(first)) return;
    }
    // After a plan that diverged its steps run one by one: the same numbers, and the fault finds its step and the state before it.
    let oneByOne = false;
    while (done < last) {
      const from = performance.now();
      const epoch = Math.floor(done / plan.iterations) + 1;
      // No plan crosses the end of an epoch.
      const count = !oneByOne && epoch * plan.iterations - done >= advancing.most ? advancing.most : 1;
      while (waiting.length < count) {
        const next = await batches.next();
        if (next.done === true) throw new Error("train: the batches came to an end");
        if (E.isLeft(next.value)) {
          yield fault(next.value.left);
          return;
        }
        waiting.push(next.value.right);
      }
      const numbers = range(done + 1, done + 1 + count);
      const given = numbers.flatMap((number, index) => waiting.slice(index, index + 1).map((one) => givenOf(number, one)));
      const advanced = await advancing.advance(carried, given)();
      if (E.isLeft(advanced)) {
        yield fault(advanced.left);
        return;
      }
      const { carried: after, observed } = advanced.right;
      const broken = observed.find(({ loss }) => !Number.isFinite(loss));
      if (broken !== undefined) {
        releaseAll(after);
        if (count === 1) {
          yield fault(await diverged(done + 1, broken));
          return;
        }
        oneByOne = true;
        continue;
      }
      releaseAll(carried);
      waiting.splice(0, count);
      carried = after;
      done += count;
      const imagesPerSecond = (1000 * batch * count) / (performance.now() - from);
      const reports = observed.map((seen, index): StepReport => {
        const step = numbers[index] ?? 0;
        return { ...seen, epoch, step, learningRate: learningRateOf(step), imagesPerSecond };
      });
      yield { kind: "steps", reports, snapshot };
      if (done % plan.iterations === 0) {
        const ended = await epochEvent(epoch);
        yield E.isLeft(ended) ? fault(ended.left) : ended.right;
        if (E.isLeft(ended)) return;
      }
      await breathe();
    }
  } finally {
    await batches.return?.();
    releaseAll(carried);
    advancing.close();
    evaluator.close();
  }
}
