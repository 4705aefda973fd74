/** The arithmetic of a table: means and deviations over seeds, and paired tests between rows. */
import type { Done } from "./outcome.js";
import type { Section } from "./section.js";
import { type Paired, pairedTest, type Sample, sampleOf } from "./student.js";

/** Which epoch a score is of: the last one, or the best on the very pictures it is scored on. */
export const epochs = {
  final: "Final epoch",
  best: "Best epoch, chosen on what it is scored on, as the paper reports: optimistic",
} as const;

export type Epoch = keyof typeof epochs;

/** The runs of one row at one point that came to an end, by seed. */
export const doneOf = ({ cells }: Section, row: string, at?: number): ReadonlyMap<number, Done> =>
  new Map(
    cells.flatMap((cell) => (cell.row === row && cell.at === at && cell.outcome?.kind === "done" ? [[cell.seed, cell.outcome]] : [])),
  );

/** The places on a section's axis, in order; one that is undefined where it has no axis. */
export const placesOf = ({ cells }: Section): readonly (number | undefined)[] => [...new Set(cells.map(({ at }) => at))];

/** One score over the seeds; undefined where no run has it. */
export const scoreOf = (done: ReadonlyMap<number, Done>, epoch: Epoch, metric: string): Sample | undefined => {
  const values = [...done.values()].flatMap((one) => one[epoch][metric] ?? []);
  return values.length === 0 ? undefined : sampleOf(values);
};

/** What two rows are held against each other by. */
export const testedMetric = "recall@1";

export interface Comparison {
  readonly row: string;
  readonly against: string;
  readonly at: number | undefined;
  readonly epoch: Epoch;
  /** Seeds that both have. */
  readonly seeds: number;
  /** Mean difference over those; undefined where there are none. */
  readonly difference: number | undefined;
  /** Undefined for fewer than two seeds, or where all differ alike. */
  readonly test: Paired | undefined;
}

/** Row by row what it is tested against, at every point, of both epochs: pairs are runs of one seed. */
export const comparisonsOf = (section: Section): readonly Comparison[] =>
  (Object.keys(epochs) as Epoch[]).flatMap((epoch) =>
    placesOf(section).flatMap((at) =>
      section.rows.flatMap(({ name, against }) =>
        against.map((other): Comparison => {
          const [own, others] = [doneOf(section, name, at), doneOf(section, other, at)];
          const pairs = [...own].flatMap(([seed, one]) => {
            const [first, second] = [one[epoch][testedMetric], others.get(seed)?.[epoch][testedMetric]];
            return first === undefined || second === undefined ? [] : [[first, second] as const];
          });
          const [first, second] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
          const difference = pairs.length === 0 ? undefined : sampleOf(pairs.map(([a, b]) => a - b)).mean;
          return { row: name, against: other, at, epoch, seeds: pairs.length, difference, test: pairedTest(first, second) };
        }),
      ),
    ),
  );
