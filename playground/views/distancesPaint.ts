/** The paper's Figure 1b of the batch at hand: every pair at its normalised distance, the levels, and which way each pair is pulled. */
import type { Pair } from "#mdr/play/index.js";
import type { Sheet } from "../draw/canvas.js";
import { traceArrow } from "../draw/marks.js";
import { lineColour } from "../draw/palette.js";
import { type Scale, scale, shown, ticks } from "../draw/scale.js";
import { intervalsOf, type Strip, type strongestOf } from "./strip.js";

/** Pixels left free on either side, and for the handles above and the numbers below. */
export const margin = { side: 14, top: 46, bottom: 42 } as const;

/** What is drawn of a racer's distances. */
export interface Distances {
  readonly positives: Strip;
  readonly negatives: Strip;
  readonly levels: readonly number[];
  /** Whether they draw distances to them; else they are where they would begin, shown for comparison. */
  readonly inPlay: boolean;
  /** The axis goes from -reach to reach. */
  readonly reach: number;
  readonly mean: number;
  readonly deviation: number;
  /** A row of the batch whose pairs stand out. */
  readonly row: number | undefined;
  /** Which pull in the distance is drawn: minus it is the way that a pair goes; undefined where no arrows are wanted. */
  readonly pull: keyof Pair["pull"] | undefined;
  /** The strongest of each kind: its arrow is the longest. */
  readonly strongest: ReturnType<typeof strongestOf>;
}

/** The axis of a drawing of this width. */
const axisOf = (width: number, reach: number): Scale => scale(-reach, reach, margin.side, width - margin.side);

/** Top and bottom of the two strips in a drawing of this height. */
const stripsOf = (height: number) => {
  const room = height - margin.top - margin.bottom;
  const limit = margin.top + room * 0.42;
  return { positives: { top: margin.top, bottom: limit }, negatives: { top: limit, bottom: height - margin.bottom } };
};

const backdrop = ({ pen, width, height, palette }: Sheet, { levels, inPlay, reach, mean, deviation }: Distances, axis: Scale): void => {
  const { positives, negatives } = stripsOf(height);
  const intervals = intervalsOf(levels, reach);
  pen.globalAlpha = 0.1;
  for (const { index, from, to } of inPlay ? intervals : []) {
    pen.fillStyle = lineColour(palette, index);
    pen.fillRect(axis.place(from), positives.top, axis.place(to) - axis.place(from), negatives.bottom - positives.top);
  }
  pen.globalAlpha = 1;
  pen.lineWidth = 1;
  pen.strokeStyle = palette.soft;
  pen.setLineDash([2, 4]);
  pen.beginPath();
  for (const { from } of inPlay ? intervals.slice(1) : []) {
    pen.moveTo(axis.place(from), positives.top);
    pen.lineTo(axis.place(from), negatives.bottom);
  }
  pen.moveTo(margin.side, positives.bottom);
  pen.lineTo(width - margin.side, positives.bottom);
  pen.stroke();
  pen.setLineDash(inPlay ? [] : [6, 6]);
  pen.lineWidth = inPlay ? 2 : 1;
  for (const { index, level } of intervals) {
    pen.strokeStyle = inPlay ? lineColour(palette, index) : palette.soft;
    pen.beginPath();
    pen.moveTo(axis.place(level), positives.top - 4);
    pen.lineTo(axis.place(level), negatives.bottom + 4);
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(margin.side, negatives.bottom + 0.5);
  pen.lineTo(width - margin.side, negatives.bottom + 0.5);
  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "top";
  for (const value of ticks(-reach, reach, width / 60)) {
    const x = axis.place(value);
    pen.moveTo(x, negatives.bottom);
    pen.lineTo(x, negatives.bottom + 4);
    pen.fillStyle = palette.ink;
    pen.fillText(shown(value), x, negatives.bottom + 7);
    const distance = mean + value * deviation;
    pen.fillStyle = palette.soft;
    if (distance >= 0) pen.fillText(shown(Number(distance.toFixed(2))), x, negatives.bottom + 23);
  }
  pen.stroke();
};

/** Longest arrow, and least that is drawn, in pixels. */
const [longest, shortest] = [18, 1.5];

const points = (
  sheet: Sheet,
  strip: Strip,
  current: Float64Array,
  distances: Distances,
  axis: Scale,
  limits: { top: number; bottom: number },
): void => {
  const { pen, palette } = sheet;
  const { pairs } = strip;
  const { inPlay, row, pull, reach, strongest } = distances;
  const middle = (limits.top + limits.bottom) / 2;
  const half = (limits.bottom - limits.top) / 2 - 6;
  const few = pairs.length < 120;
  const count = pairs.length;
  const [low, high] = [axis.place(-reach), axis.place(reach)];
  const length = pull === undefined ? 0 : -longest / strongest[pull];
  for (const { level, members } of inPlay ? strip.groups : [{ level: 0, members: [...pairs.keys()] }])
    for (const outstanding of row === undefined ? [false] : [false, true]) {
      const colour = inPlay ? lineColour(palette, level) : palette.soft;
      const alpha = outstanding ? 1 : row === undefined ? (few ? 0.85 : 0.6) : 0.18;
      pen.fillStyle = colour;
      pen.strokeStyle = colour;
      pen.globalAlpha = alpha;
      const radius = outstanding ? 4.5 : few ? 3.4 : 2.4;
      const arrows: (readonly [x: number, y: number, along: number])[] = [];
      pen.beginPath();
      for (const index of members) {
        const pair = pairs[index] as Pair;
        if (row !== undefined && (pair.i === row || pair.j === row) !== outstanding) continue;
        const x = Math.min(high, Math.max(low, axis.place(current[index] as number)));
        const y = middle - (current[count + index] as number) * half;
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 2 * Math.PI);
        const along = pull === undefined ? 0 : length * (pair.pull[pull] ?? 0);
        if (Math.abs(along) > shortest) arrows.push([x, y, along + Math.sign(along) * radius]);
      }
      pen.fill();
      pen.globalAlpha = Math.min(1, alpha + 0.15);
      pen.lineWidth = outstanding ? 1.6 : 1;
      pen.beginPath();
      for (const [x, y, along] of arrows) traceArrow(pen, x, y, along, 0);
      pen.stroke();
    }
  pen.globalAlpha = 1;
};

/** @param current where the points are now: of each strip, across and then up */
export const drawDistances = (
  sheet: Sheet,
  distances: Distances,
  current: { readonly positives: Float64Array; readonly negatives: Float64Array },
): void => {
  const { width, height } = sheet;
  const axis = axisOf(width, distances.reach);
  backdrop(sheet, distances, axis);
  const strips = stripsOf(height);
  points(sheet, distances.negatives, current.negatives, distances, axis, strips.negatives);
  points(sheet, distances.positives, current.positives, distances, axis, strips.positives);
};

/** The pair nearest to a place on the drawing, none farther than a fingertip is wide. */
export const pairNear = (width: number, height: number, distances: Distances, x: number, y: number) => {
  const axis = axisOf(width, distances.reach);
  const strips = stripsOf(height);
  const found = (["positives", "negatives"] as const).flatMap((kind) => {
    const { across, up, pairs } = distances[kind];
    const { top, bottom } = strips[kind];
    const [middle, half] = [(top + bottom) / 2, (bottom - top) / 2 - 6];
    return pairs.map((pair, index) => ({
      pair,
      far: Math.hypot(axis.place(across[index] as number) - x, middle - (up[index] as number) * half - y),
    }));
  });
  const nearest = found.reduce<(typeof found)[number] | undefined>(
    (best, one) => (best === undefined || one.far < best.far ? one : best),
    undefined,
  );
  return nearest !== undefined && nearest.far < 14 ? nearest.pair : undefined;
};
