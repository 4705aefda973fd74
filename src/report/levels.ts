/** The histograms of normalised distances, epoch by epoch, with the levels and the interval of distances that belong to each. */
import { histogramRange } from "../evaluate/index.js";
import { axes, drawing, frame, pathOf, scaleOf } from "./chart.js";
import { numberText } from "./html.js";
import type { EpochPoint, Histogram } from "./measured.js";
import { element, line, text } from "./svg.js";

/** Where one level's interval ends and the next one's begins: half-way, for a distance belongs to its nearest level. */
export const boundariesOf = (levels: readonly number[]): readonly number[] => {
  const rising = [...levels].sort((a, b) => a - b);
  return rising.slice(1).map((level, index) => (level + (rising[index] ?? level)) / 2);
};

/** An epoch that has a histogram. */
export type Counted = EpochPoint & { readonly histogram: Histogram };

export const countedIn = (epochs: readonly EpochPoint[]): readonly Counted[] =>
  epochs.filter((one): one is Counted => one.histogram !== undefined && one.histogram.shares.length > 0);

/** What a state shows, in words. */
export const stateText = ({ epoch, histogram: { mean, deviation }, levels }: Counted): string =>
  [
    epoch === 0 ? "before training" : `after epoch ${epoch}`,
    `mean distance ${numberText(mean)}, deviation ${numberText(deviation)}`,
    ...(levels.length === 0 ? [] : [`levels ${levels.map(numberText).join(", ")}`]),
  ].join("; ");

/** The lines of a histogram by name: positives and negatives apart where they are known apart. */
export const partsOf = ({ positives, negatives, shares }: Histogram): readonly (readonly [name: string, shares: readonly number[]])[] =>
  positives === undefined || negatives === undefined
    ? [["all pairs", shares]]
    : [
        ["one class (positives)", positives],
        ["two classes (negatives)", negatives],
      ];

const x = scaleOf([-histogramRange, histogramRange], [frame.left, frame.right], 10);

/** Steps from bin to bin. */
const outline = (shares: readonly number[], y: (share: number) => number): string => {
  const width = (2 * histogramRange) / Math.max(1, shares.length);
  const edge = (bin: number): number => x.at(-histogramRange + bin * width);
  return pathOf([
    [edge(0), y(0)],
    ...shares.flatMap((share, bin) => [[edge(bin), y(share)] as const, [edge(bin + 1), y(share)] as const]),
    [edge(shares.length), y(0)],
  ]);
};

const within = (value: number): boolean => Math.abs(value) <= histogramRange;

const state = ({ epoch, histogram, levels }: Counted, y: (share: number) => number, shown: boolean): string =>
  element(
    "g",
    { class: shown ? "state on" : "state", "data-epoch": epoch },
    [
      ...partsOf(histogram).map(([, shares], index) => element("path", { class: `area a${index}`, d: outline(shares, y) })),
      ...boundariesOf(levels)
        .filter(within)
        .map((at) => line(x.at(at), frame.top, x.at(at), frame.foot, { class: "boundary" })),
      ...levels
        .filter(within)
        .flatMap((level) => [
          line(x.at(level), frame.top, x.at(level), frame.foot, { class: "level" }),
          text(x.at(level), frame.top - 4, numberText(level), { class: "middle level-name" }),
        ]),
    ].join(""),
  );

const swatch = (left: number, name: string, mark: string): string => `${mark}${text(left + 32, frame.foot + 56, name)}`;

/** All epochs in one drawing, the last of them in sight. */
export const histogramChart = (epochs: readonly Counted[]): string => {
  const last = epochs.at(-1);
  const shares = epochs.flatMap(({ histogram }) => partsOf(histogram).flatMap(([, own]) => own));
  const y = scaleOf([0, ...shares], [frame.foot, frame.top + 14], 4);
  const names = last === undefined ? [] : partsOf(last.histogram).map(([name]) => name);
  const [foot, levelled] = [frame.foot + 52, epochs.some(({ levels }) => levels.length > 0)];
  const titles = { title: "Distances of training pictures", x: "deviations from the mean distance", y: "share of the pairs" };
  return drawing(`${titles.title}, normalised, in bins: ${last === undefined ? "nothing is recorded" : stateText(last)}.`, [
    ...axes(x, y, titles, true),
    ...epochs.map((one) => state(one, y.at, one === last)),
    ...names.map((name, index) => {
      const left = frame.left + 190 * index;
      return swatch(left, name, element("rect", { class: `area a${index}`, x: left, y: foot - 7, width: 26, height: 14 }));
    }),
    ...(levelled
      ? [
          swatch(frame.left + 390, "level", line(frame.left + 390, foot, frame.left + 416, foot, { class: "level" })),
          swatch(frame.left + 460, "interval's end", line(frame.left + 460, foot, frame.left + 486, foot, { class: "boundary" })),
        ]
      : []),
  ]);
};
