/** What a run's metrics say, as numbers: its steps, so many of them as a curve needs, and its epochs. */
import type { MetricsLine } from "../runs/index.js";

/** A step: the loss and its parts, each by its name. What was no number when it was written is NaN here. */
export interface StepPoint {
  readonly step: number;
  readonly epoch: number;
  readonly values: Readonly<Record<string, number>>;
  /** The levels after it, where the run has levels. */
  readonly levels: readonly number[];
}

/** Shares of pairs in bins of equal width over normalised distances. */
export interface Histogram {
  readonly mean: number;
  readonly deviation: number;
  readonly shares: readonly number[];
  /** Undefined in runs of versions that did not tell them apart. */
  readonly positives: readonly number[] | undefined;
  readonly negatives: readonly number[] | undefined;
}

export interface EpochPoint {
  readonly epoch: number;
  /** On what never trained. */
  readonly scores: Readonly<Record<string, number>>;
  /** Recall@1 of a sample of the training classes. */
  readonly trained: number | undefined;
  readonly histogram: Histogram | undefined;
  readonly levels: readonly number[];
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Metrics have the names of numbers that JSON cannot hold. */
const numberOf = (value: unknown): number =>
  typeof value === "number" ? value : typeof value === "string" && /^(?:NaN|-?Infinity)$/.test(value) ? Number(value) : Number.NaN;

const numbersOf = (value: unknown): readonly number[] => (Array.isArray(value) ? value.map(numberOf) : []);

const recordOf = (value: unknown): Readonly<Record<string, number>> =>
  isFields(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, numberOf(one)])) : {};

/** What every step's line has beside the loss and its parts. */
const besides = new Set(["event", "epoch", "step", "learningRate", "imagesPerSecond", "levels"]);

const stepOf = (line: MetricsLine): StepPoint => ({
  step: numberOf(line.step),
  epoch: numberOf(line.epoch),
  values: Object.fromEntries(
    Object.entries(line).flatMap(([name, value]) => (besides.has(name) || Array.isArray(value) ? [] : [[name, numberOf(value)]])),
  ),
  levels: numbersOf(line.levels),
});

const sharesOf = (value: unknown): readonly number[] | undefined => (isFields(value) ? numbersOf(value.shares) : undefined);

const epochOf = (line: MetricsLine): EpochPoint => {
  const { histogram, trained } = line;
  return {
    epoch: numberOf(line.epoch),
    scores: recordOf(line.scores),
    trained: isFields(trained) ? numberOf(trained["recall@1"]) : undefined,
    histogram: isFields(histogram)
      ? {
          mean: numberOf(histogram.mean),
          deviation: numberOf(histogram.deviation),
          shares: numbersOf(histogram.shares),
          positives: sharesOf(histogram.positives),
          negatives: sharesOf(histogram.negatives),
        }
      : undefined,
    levels: numbersOf(line.levels),
  };
};

/** At most `most` of a list, evenly spread, the first and the last among them. */
export const thinned = <A>(values: readonly A[], most: number): readonly A[] =>
  values.length <= most
    ? values
    : Array.from({ length: most }, (_, index) => Math.round((index * (values.length - 1)) / (most - 1))).flatMap((index) =>
        values.slice(index, index + 1),
      );

export const mostSteps = 240;
export const mostEpochs = 60;

export interface Measured {
  /** How many steps the metrics have. */
  readonly stepsDone: number;
  readonly steps: readonly StepPoint[];
  readonly epochs: readonly EpochPoint[];
}

/** Lines of metrics as numbers; of long runs so many as a picture can show. */
export const measuredIn = (lines: readonly MetricsLine[]): Measured => {
  const steps = lines.filter(({ event }) => event === "step");
  const epochs = lines.filter(({ event }) => event === "epoch");
  return { stepsDone: steps.length, steps: thinned(steps, mostSteps).map(stepOf), epochs: thinned(epochs, mostEpochs).map(epochOf) };
};
