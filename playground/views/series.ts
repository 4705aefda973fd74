/** Numbers of a run over its steps, as a chart draws them. */
import type { Moment } from "#mdr/play/index.js";
import type { Line } from "../draw/chart.js";

type Points = Line["points"];

/** The points of one number over the steps, where there is one. */
export const series = (moments: readonly Moment[], read: (moment: Moment) => number | undefined): Points =>
  moments.flatMap((moment) => {
    const value = read(moment);
    return value === undefined || !Number.isFinite(value) ? [] : [[moment.step, value] as const];
  });

/** Of many wild numbers their course: each point the mean of those before, nearer ones counting more. */
export const calmed = (points: Points, share = 0.25): Points => {
  let mean: number | undefined;
  return points.map(([x, y]) => {
    mean = mean === undefined ? y : mean + share * (y - mean);
    return [x, mean] as const;
  });
};
