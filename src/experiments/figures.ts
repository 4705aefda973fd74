/** What a section's figures show, as lines: figure 4a along an axis, figure 4b along the epochs. Means and deviations over seeds. */
import type { Section } from "./section.js";
import { sampleOf } from "./student.js";
import { doneOf, placesOf, scoreOf, testedMetric } from "./summary.js";

export interface FigureLine {
  readonly name: string;
  readonly dashed: boolean;
  readonly points: readonly { readonly x: number; readonly y: number; readonly deviation: number | undefined }[];
}

const pointOf = (x: number, values: readonly number[]): FigureLine["points"] => {
  if (values.length === 0) return [];
  const { mean, deviation, count } = sampleOf(values);
  return [{ x, y: mean, deviation: count < 2 ? undefined : deviation }];
};

/** Recall@1 of the final epoch along the axis, a line a row. */
export const pointLines = (section: Section): readonly FigureLine[] =>
  section.rows.map(({ name }) => ({
    name,
    dashed: false,
    points: placesOf(section).flatMap((at) => {
      const score = at === undefined ? undefined : scoreOf(doneOf(section, name, at), "final", testedMetric);
      return at === undefined || score === undefined
        ? []
        : [{ x: at, y: score.mean, deviation: score.count < 2 ? undefined : score.deviation }];
    }),
  }));

/** Of how many training pictures the curves tell: one number where all runs agree, as they do on one data set. */
export const sampledOf = ({ cells }: Section): number | undefined =>
  cells.map(({ outcome }) => (outcome?.kind === "done" ? outcome.sampled : undefined)).find((count) => count !== undefined);

/** Recall@1 epoch by epoch, two lines a row: of what was never seen, and dashed of what trains. */
export const curveLines = (section: Section): readonly FigureLine[] =>
  section.rows.flatMap(({ name }) => {
    const curves = [...doneOf(section, name).values()].map(({ curve }) => curve);
    const numbers = [...new Set(curves.flatMap((curve) => curve.map(({ epoch }) => epoch)))].sort((a, b) => a - b);
    return (["tested", "trained"] as const).map((of) => ({
      name,
      dashed: of === "trained",
      points: numbers.flatMap((epoch) =>
        pointOf(
          epoch,
          curves.flatMap((curve) => curve.find((one) => one.epoch === epoch)?.[of] ?? []),
        ),
      ),
    }));
  });
