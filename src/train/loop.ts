/**
 * The training loop. Everything random in step t is a function of (seed, t), so a run resumed from any checkpoint goes
 * on exactly as it would have.
 */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Embedder, embedder, networkLayout } from "../embed/index.js";
import type { Engine, Resident } from "../engines/index.js";
import { type DistanceHistogram, distanceHistogram } from "../evaluate/index.js";
import { type Fault, failed, interrupted, misused } from "../faults/index.js";
import { adamScalars } from "../optim/index.js";
import { type Random, seeded, split, uniforms } from "../random/index.js";
import { appendMetrics, beginMetrics, type Checkpoint, fitting, type RunRecord, saveCheckpoint } from "../runs/index.js";
import type { Pictures, TrainingPictures } from "../store/index.js";
import { flatten, type Named, type Tensor, unflatten, vector } from "../tensor/index.js";
import { type Advancer, advancer, releaseAll } from "./advance.js";
import { whatWasLarge } from "./divergence.js";
import { buildNetwork, initialTensors, learningRateAt, stepSettings } from "./model.js";
import type { Settings } from "./settings.js";
import { type Observed, trainingStep } from "./step.js";

export type Scores = Readonly<Record<string, number>>;

export interface StepReport extends Observed {
  readonly epoch: number;
  /** 1 is the first. */
  readonly step: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

export interface EpochReport {
  /** 0 is before training. */
  readonly epoch: number;
  readonly scores: Scores;
  readonly histogram: DistanceHistogram;
  readonly levels: readonly number[];
}

export interface Run {
  readonly settings: Settings;
  /** The classes that train, and those never seen, which test. */
  readonly train: TrainingPictures;
  readonly test: Pictures;
  /** Scores of embeddings [n, D] with these labels; `recall@1` must be among them and decides the best epoch. */
  readonly score: (embeddings: Tensor, labels: readonly number[]) => Scores;
  readonly resume?: Checkpoint;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (report: EpochReport) => void;
  /** Asked after every step, or after every plan of several: true saves and stops. */
  readonly stopped?: () => boolean;
}

export interface RunResult {
  readonly before: Scores;
  /** After the last epoch. */
  readonly final: Scores;
  /** Of the epoch with the highest Recall@1 ON THE TEST CLASSES: how the paper reports, and optimistic for that reason. */
  readonly best: Scores;
  readonly bestEpoch: number;
  readonly epochs: number;
  readonly seconds: number;
  /** Training steps only, evaluation apart. */
  readonly imagesPerSecond: number;
  readonly checkpoint: string;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** Epoch of the highest Recall@1, the first of several. */
export const bestEpochOf = (history: readonly Scores[]): number =>
  history.reduce((best, scores, epoch) => ((scores["recall@1"] ?? 0) > (history[best]?.["recall@1"] ?? 0) ? epoch : best), 0);

const readAll =
  (names: readonly string[], residents: readonly Resident[]): TE.TaskEither<Fault, Named<Tensor>> =>
  async () => {
    const tensors: Record<string, Tensor> = {};
    for (const [index, resident] of residents.entries()) {
      const read = await resident.read();
      if (E.isLeft(read)) return E.left(read.left);
      tensors[names[index] as string] = read.right;
    }
    return E.right(tensors);
  };

/** Trains as the settings say, from the beginning or from `resume`, and says what came of it. */
export const train =
  <T>(engine: Engine<T>, run: Run): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const { settings } = run;
    const built = buildNetwork(settings);
    if (E.isLeft(built)) return built;
    const network = built.right;
    const step = trainingStep(stepSettings(settings, network));
    const begun: E.Either<Fault, Named<Tensor>> = run.resume === undefined
      ? E.right(initialTensors(settings, network))
      : fitting(settings.out, step.carried, run.resume.tensors);
    if (E.isLeft(begun)) return begun;
    const doneBefore = run.resume?.record.step ?? 0;
    if (doneBefore > settings.epochs * settings.iterations) {
      const epochs = Math.ceil(doneBefore / settings.iterations);
      return E.left(
        misused(`--epochs ${settings.epochs}: the run in ${settings.out} is in epoch ${epochs} already: resume it with ${epochs} or more`),
      );
    }
    const log = beginMetrics(settings.out, doneBefore);
    if (E.isLeft(log)) return log;
    const compiled = await advancer(engine, step, settings.stepsPerPlan)();
    if (E.isLeft(compiled)) return compiled;
    const evaluator = await embedder(engine, {
      network,
      images: stepSettings(settings, network).images,
      normalised: settings.method === "triplet-l2",
    })();
    if (E.isLeft(evaluator)) {
      compiled.right.close();
      return evaluator;
    }
    const result = await steps(engine, run, network, step, begun.right, compiled.right, evaluator.right)();
    compiled.right.close();
    evaluator.right.close();
    return result;
  };

const steps =
  <T>(
    engine: Engine<T>,
    run: Run,
    network: Parameters<typeof networkLayout>[0],
    step: ReturnType<typeof trainingStep>,
    begun: Named<Tensor>,
    { most, advance }: Advancer,
    evaluator: Embedder,
  ): TE.TaskEither<Fault, RunResult> =>
  async () => {
    const { settings } = run;
    const names = step.carried.map(({ name }) => name);
    const networkNames = networkLayout(network);
    const precision = engine.info.roundOff < 1e-10 ? "F64" : "F32";
    const random = split(seeded(settings.seed), "steps");
    const started = Date.now();
    const secondsBefore = run.resume?.record.seconds ?? 0;
    const seconds = () => secondsBefore + (Date.now() - started) / 1000;
    let carried: readonly Resident[] = flatten(step.carried, begun).map(engine.upload);
    let history: readonly Scores[] = run.resume?.record.history ?? [];
    let done = run.resume?.record.step ?? 0;
    let trainingMilliseconds = 0;
    const { adam } = stepSettings(settings, network);

    const record = (): RunRecord => ({
      settings,
      epoch: Math.floor(done / settings.iterations),
      step: done,
      history,
      engine: `${engine.info.name} (${engine.info.backend})`,
      seconds: seconds(),
    });

    const save = async (as: readonly string[]): Promise<E.Either<Fault, string>> => {
      const tensors = await readAll(names, carried)();
      return E.isLeft(tensors) ? tensors : saveCheckpoint(settings.out, as, { record: record(), tensors: tensors.right }, precision);
    };

    /** Scores on the unseen classes, and how the distances of training pictures lie. */
    const evaluate = async (epoch: number): Promise<E.Either<Fault, EpochReport>> => {
      const now = flatten(networkNames, unflatten(step.carried, carried));
      const embedded = await evaluator.embed(now, run.test.count, (from, to) => run.test.plain(range(to - from).map((i) => from + i)))();
      if (E.isLeft(embedded)) return embedded;
      const sample = Math.min(run.train.count, 4 * settings.batch);
      const spread = (index: number) => Math.floor((index * run.train.count) / sample);
      const seen = await evaluator.embed(now, sample, (from, to) => run.train.plain(range(to - from).map((i) => spread(from + i))))();
      if (E.isLeft(seen)) return seen;
      const levels = await readAll(["levels"], flatten([{ name: "parameter.levels", shape: [] }], unflatten(step.carried, carried)))();
      if (E.isLeft(levels)) return levels;
      const report: EpochReport = {
        epoch,
        scores: run.score(embedded.right, run.test.labels),
        histogram: distanceHistogram(seen.right),
        levels: Array.from(levels.right.levels?.data ?? []),
      };
      const logged = appendMetrics(settings.out, { event: "epoch", ...report, step: done });
      if (E.isLeft(logged)) return logged;
      history = [...history, report.scores];
      run.onEpoch?.(report);
      return E.right(report);
    };

    const fail = (fault: Fault): E.Either<Fault, never> => {
      releaseAll(carried);
      return E.left(fault);
    };

    if (history.length === 0) {
      const first = await evaluate(0);
      if (E.isLeft(first)) return fail(first.left);
    }
    const learningRateOf = (number: number): number => learningRateAt(settings, Math.ceil(number / settings.iterations));

    /** What step `number` is given, 1 being the first. */
    const givenOf = (number: number): Named<Tensor> => {
      const own: Random = split(random, number);
      const indices = run.train.draw(split(own, "batch"));
      const [draws] = uniforms(settings.batch * settings.batch, split(own, "miner"));
      return {
        images: run.train.augmented(indices, split(own, "augmentation")),
        labels: vector(indices.map((index) => run.train.labels[index] ?? 0)),
        uniforms: { shape: [settings.batch, settings.batch], data: draws },
        ...adamScalars(number, learningRateOf(number), adam),
      };
    };

    /** The state before a step whose loss is no number is saved, and the fault says what was large in it. */
    const diverged = async (number: number, observed: Observed): Promise<Fault> => {
      const tensors = await readAll(names, carried)();
      const saved = E.isLeft(tensors)
        ? tensors
        : saveCheckpoint(settings.out, ["fault"], { record: record(), tensors: tensors.right }, precision);
      const large = E.isRight(tensors) ? whatWasLarge(tensors.right) : "unknown";
      const kept = E.isRight(saved) ? `the state before it is in ${settings.out}/fault.json` : saved.left.message;
      return failed(
        `step ${number}: the loss is ${observed.loss} (metric ${observed.metricLoss}, MDR ${observed.mdrLoss}, learning rate ${learningRateOf(number)}); ` +
          `largest before it: ${large}; ${kept}. Lower --learning-rate, or check the pictures`,
      );
    };

    // After a plan that diverged its steps run one by one: the same numbers, and the fault finds its step and the state before it.
    let oneByOne = false;
    while (done < settings.epochs * settings.iterations) {
      const from = performance.now();
      const epoch = Math.floor(done / settings.iterations) + 1;
      // No plan crosses the end of an epoch.
      const count = !oneByOne && epoch * settings.iterations - done >= most ? most : 1;
      const numbers = range(count).map((index) => done + 1 + index);
      const advanced = await advance(carried, numbers.map(givenOf))();
      if (E.isLeft(advanced)) return fail(advanced.left);
      const { carried: after, observed } = advanced.right;
      const broken = observed.find(({ loss }) => !Number.isFinite(loss));
      if (broken !== undefined) {
        releaseAll(after);
        if (count === 1) return fail(await diverged(done + 1, broken));
        oneByOne = true;
        continue;
      }
      releaseAll(carried);
      carried = after;
      done += count;
      const took = performance.now() - from;
      trainingMilliseconds += took;
      for (const [index, number] of numbers.entries()) {
        const report: StepReport = {
          ...(observed[index] as Observed),
          epoch,
          step: number,
          learningRate: learningRateOf(number),
          imagesPerSecond: (1000 * settings.batch * count) / took,
        };
        const logged = appendMetrics(settings.out, { event: "step", ...report });
        if (E.isLeft(logged)) return fail(logged.left);
        run.onStep?.(report);
      }
      if (done % settings.iterations === 0) {
        const evaluated = await evaluate(epoch);
        if (E.isLeft(evaluated)) return fail(evaluated.left);
        const saved = await save(bestEpochOf(history) === epoch ? ["last", "best"] : ["last"]);
        if (E.isLeft(saved)) return fail(saved.left);
      }
      // An engine that computes without waiting would otherwise never let a Ctrl-C or a redraw through.
      await new Promise((resolve) => setImmediate(resolve));
      if (run.stopped?.() === true && done < settings.epochs * settings.iterations) {
        const saved = done % settings.iterations === 0 ? E.right("") : await save(["last"]);
        return fail(
          E.isLeft(saved)
            ? saved.left
            : interrupted(`stopped after step ${done}; saved in ${settings.out}: go on with \`mdr train --resume ${settings.out}\``),
        );
      }
    }
    releaseAll(carried);
    const bestEpoch = bestEpochOf(history);
    const steppedHere = done - (run.resume?.record.step ?? 0);
    return E.right({
      before: history[0] ?? {},
      final: history.at(-1) ?? {},
      best: history[bestEpoch] ?? {},
      bestEpoch,
      epochs: settings.epochs,
      seconds: seconds(),
      imagesPerSecond: trainingMilliseconds > 0 ? (1000 * steppedHere * settings.batch) / trainingMilliseconds : 0,
      checkpoint: settings.out,
    });
  };
