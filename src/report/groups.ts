/** Runs that differ in their seed alone, side by side with others: means and deviations over the seeds. */
import type { EpochPoint } from "./measured.js";

export interface Sample {
  readonly mean: number;
  /** Of the sample, by N - 1; undefined of one run. */
  readonly deviation: number | undefined;
  readonly count: number;
}

export interface Group {
  /** The recipe, and the settings in which groups differ. */
  readonly name: string;
  /** Numbers of its runs, in the order of the report. */
  readonly members: readonly number[];
  /** By score: before training, after the last epoch and of the best epoch. */
  readonly before: Readonly<Record<string, Sample>>;
  readonly final: Readonly<Record<string, Sample>>;
  readonly best: Readonly<Record<string, Sample>>;
  /** Recall@1 of what never trained, epoch by epoch. */
  readonly curve: readonly ({ readonly epoch: number } & Sample)[];
}

type Scores = Readonly<Record<string, number>>;

interface Run {
  readonly method: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly results: { readonly before: Scores; readonly final: Scores; readonly best: Scores } | undefined;
  readonly epochs: readonly EpochPoint[];
}

export const sampleOf = (values: readonly number[]): Sample => {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: count < 2 ? undefined : Math.sqrt(squares / (count - 1)), count };
};

/** What says nothing of how a run trains. */
const apart = new Set(["seed", "out", "cache", "engine", "gpuMode", "strict", "maxPixels"]);

const deciding = ({ settings }: Run): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(settings)
      .filter(([name, value]) => value !== undefined && !apart.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, JSON.stringify(value)]),
  );

const keyOf = (run: Run): string => JSON.stringify([run.method, deciding(run)]);

/** The scores that all of these have. */
const sampled = (all: readonly Scores[]): Readonly<Record<string, Sample>> =>
  Object.fromEntries(
    Object.keys(all[0] ?? {})
      .filter((name) => name !== "epoch" && all.every((scores) => scores[name] !== undefined))
      .map((name) => [name, sampleOf(all.map((scores) => scores[name] ?? Number.NaN))]),
  );

const curveOf = (runs: readonly Run[]): Group["curve"] => {
  const epochs = [...new Set(runs.flatMap((run) => run.epochs.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
  return epochs.flatMap((epoch) => {
    const values = runs.flatMap((run) => run.epochs.find((one) => one.epoch === epoch)?.scores["recall@1"] ?? []);
    // A mean over other runs than its neighbours' would be a step that no run has made.
    return values.length < runs.length ? [] : [{ epoch, ...sampleOf(values) }];
  });
};

/** Groups in the order of their first runs. Runs that have not ended are in the curves and not in the scores. */
export const groupsOf = (runs: readonly Run[]): readonly Group[] => {
  const keys = [...new Set(runs.map(keyOf))];
  const decided = keys.map((key) => deciding(runs.find((run) => keyOf(run) === key) ?? (runs[0] as Run)));
  const names = [...new Set(decided.flatMap((settings) => Object.keys(settings)))];
  const differing = names.filter((name) => new Set(decided.map((settings) => settings[name])).size > 1 && name !== "method");
  return keys.map((key, index): Group => {
    const members = runs.flatMap((run, at) => (keyOf(run) === key ? [at] : []));
    const own = members.flatMap((at) => runs.slice(at, at + 1));
    const ended = own.flatMap(({ results }) => (results === undefined ? [] : [results]));
    const told = differing.flatMap((name) => (decided[index]?.[name] === undefined ? [] : [`${name} ${decided[index]?.[name]}`]));
    return {
      name: [own[0]?.method ?? "", ...told].join(", "),
      members,
      before: sampled(ended.map(({ before }) => before)),
      final: sampled(ended.map(({ final }) => final)),
      best: sampled(ended.map(({ best }) => best)),
      curve: curveOf(own),
    };
  });
};
