/** The line charts of a run, and of several side by side: each says which of the run's numbers it draws. */
import type { Chart, Place, Series } from "./chart.js";
import type { Group } from "./groups.js";
import { countedIn } from "./levels.js";
import type { Story } from "./story.js";

/** A chart under the name of its file. */
export interface Figure {
  readonly name: string;
  readonly chart: Chart;
}

/** Parts of a step that are no losses. */
const statistics = new Set(["mean", "deviation", "meanDistance", "meanLength", "squaredLength"]);

const overSteps = ({ steps }: Story, of: (step: Story["steps"][number]) => number | undefined): readonly Place[] =>
  steps.flatMap((one) => {
    const y = of(one);
    return y === undefined ? [] : [{ x: one.step, y }];
  });

const named = (run: Story, names: readonly (readonly [name: string, shown: string])[]): readonly Series[] =>
  names
    .map(([name, shown]) => ({ name: shown, points: overSteps(run, ({ values }) => values[name]) }))
    .filter(({ points }) => points.length > 0);

const losses = (run: Story): Chart => {
  const names = Object.keys(run.steps[0]?.values ?? {}).filter((name) => !statistics.has(name));
  return {
    title: "Losses",
    x: "step",
    y: "loss",
    series: named(
      run,
      names.map((name) => [name, name]),
    ),
  };
};

const recalls = ({ epochs }: Story): Chart => {
  const names = Object.keys(epochs[0]?.scores ?? {}).filter((name) => name.startsWith("recall@"));
  const trained = epochs.flatMap(({ epoch, trained: y }) => (y === undefined ? [] : [{ x: epoch, y }]));
  return {
    title: "Recall on classes that never trained",
    x: "epoch",
    y: "share of the queries",
    percent: true,
    series: [
      ...names.map((name) => ({
        name: name.replace("recall", "Recall"),
        points: epochs.map(({ epoch, scores }) => ({ x: epoch, y: scores[name] ?? Number.NaN })),
      })),
      ...(trained.length === 0 ? [] : [{ name: "Recall@1 of training classes, a sample", points: trained }]),
    ],
  };
};

/** One line a level, lowest first as the run began. */
const levels = (run: Story): Chart => ({
  title: "The levels",
  x: "step",
  y: "deviations from the mean",
  series: (run.steps[0]?.levels ?? []).map((_, index) => ({
    name: `level ${index + 1}`,
    points: overSteps(run, (step) => step.levels[index]),
  })),
});

/** mu* and sigma* as the steps used them; of a run without them, of the sample's distances at each epoch. */
const distances = (run: Story): Chart => {
  const running = named(run, [
    ["mean", "mean, mu*"],
    ["deviation", "deviation, sigma*"],
  ]);
  const counted = countedIn(run.epochs);
  return running.length > 0
    ? { title: "Running mean and deviation of distances", x: "step", y: "distance", series: running }
    : {
        title: "Mean and deviation of distances of training pictures",
        x: "epoch",
        y: "distance",
        series: (["mean", "deviation"] as const).map((name) => ({
          name,
          points: counted.map(({ epoch, histogram }) => ({ x: epoch, y: histogram[name] })),
        })),
      };
};

const drawn = ({ chart: { series } }: Figure): boolean => series.some(({ points }) => points.length > 0);

/** Every line chart that a run has numbers for. */
export const figuresOf = (run: Story): readonly Figure[] =>
  [
    { name: "losses", chart: losses(run) },
    { name: "recall", chart: recalls(run) },
    { name: "levels", chart: levels(run) },
    { name: "distances", chart: distances(run) },
  ].filter(drawn);

/** Recall@1 of groups of runs: means over the seeds, and deviations to either side. */
export const comparedFigure = (groups: readonly Group[]): Figure => ({
  name: "compared",
  chart: {
    title: "Recall@1 on classes that never trained",
    x: "epoch",
    y: "mean and deviation over seeds",
    percent: true,
    series: groups.map(({ name, members, curve }) => ({
      name: `${name} (${members.length})`,
      points: curve.map(({ epoch, mean, deviation }) => ({ x: epoch, y: mean, deviation })),
    })),
  },
});
