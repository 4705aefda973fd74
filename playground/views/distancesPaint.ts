/** The paper's Figure 1b of the batch at hand: every pair at its normalised distance, the levels, and which way each pair is pulled. */
import type { Sheet } from "../draw/canvas.js";
import { traceArrow } from "../draw/marks.js";
import { lineColour } from "../draw/palette.js";
import { type Scale, scale, shown, ticks } from "../draw/scale.js";
import { intervalsOf, type Strip } from "./strip.js";

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
  /** Pull of a pair in the distance: minus it is the way that the pair goes; none where no arrows are wanted. */
  readonly pull: ((pair: Strip["pairs"][number]) => number) | undefined;
}

/** The axis of a drawing of this width. */
const axisOf = (width: number, reach: number): Scale => scale(-reach, reach, margin.side, width - margin.side);

/** Top and bottom of the two strips in a drawing of this height. */
const stripsOf = (height: number) => {
  const room = height - margin.top - margin.bottom;
  const limit = margin.top + room * 0.42;
  return { positives: { top: margin.top, bottom: limit }, negatives: { top: limit, bottom: height - margin.bottom } };
};

const backdrop = ({ context, width, height, palette }: Sheet, { levels, inPlay, reach, mean, deviation }: Distances, axis: Scale): void => {
  const { positives, negatives } = stripsOf(height);
  const intervals = intervalsOf(levels, reach);
  context.globalAlpha = 0.1;
  for (const { index, from, to } of inPlay ? intervals : []) {
    context.fillStyle = lineColour(palette, index);
    context.fillRect(axis.place(from), positives.top, axis.place(to) - axis.place(from), negatives.bottom - positives.top);
  }
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = palette.soft;
  context.setLineDash([2, 4]);
  context.beginPath();
  for (const { from } of inPlay ? intervals.slice(1) : []) {
    context.moveTo(axis.place(from), positives.top);
    context.lineTo(axis.place(from), negatives.bottom);
  }
  context.moveTo(margin.side, positives.bottom);
  context.lineTo(width - margin.side, positives.bottom);
  context.stroke();
  context.setLineDash(inPlay ? [] : [6, 6]);
  context.lineWidth = inPlay ? 2 : 1;
  for (const { index, level } of intervals) {
    context.strokeStyle = inPlay ? lineColour(palette, index) : palette.soft;
    context.beginPath();
    context.moveTo(axis.place(level), positives.top - 4);
    context.lineTo(axis.place(level), negatives.bottom + 4);
    context.stroke();
  }
  context.setLineDash([]);
  context.strokeStyle = palette.ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(margin.side, negatives.bottom + 0.5);
  context.lineTo(width - margin.side, negatives.bottom + 0.5);
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const value of ticks(-reach, reach, width / 60)) {
    const x = axis.place(value);
    context.moveTo(x, negatives.bottom);
    context.lineTo(x, negatives.bottom + 4);
    context.fillStyle = palette.ink;
    context.fillText(shown(value), x, negatives.bottom + 7);
    const distance = mean + value * deviation;
    context.fillStyle = palette.soft;
    if (distance >= 0) context.fillText(shown(Number(distance.toFixed(2))), x, negatives.bottom + 23);
  }
  context.stroke();
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
  largest: number,
): void => {
  const { context, palette } = sheet;
  const { pairs } = strip;
  const { inPlay, row, pull, reach } = distances;
  const colours = inPlay ? distances.levels.length : 1;
  const middle = (limits.top + limits.bottom) / 2;
  const half = (limits.bottom - limits.top) / 2 - 6;
  const few = pairs.length < 120;
  const count = pairs.length;
  const [low, high] = [axis.place(-reach), axis.place(reach)];
  for (let colour = 0; colour < colours; colour++)
    for (const outstanding of row === undefined ? [false] : [false, true]) {
      context.fillStyle = inPlay ? lineColour(palette, colour) : palette.soft;
      context.strokeStyle = context.fillStyle;
      context.globalAlpha = outstanding ? 1 : row === undefined ? (few ? 0.85 : 0.6) : 0.18;
      const radius = outstanding ? 4.5 : few ? 3.4 : 2.4;
      const arrows = new Path2D();
      context.beginPath();
      for (let index = 0; index < count; index++) {
        const pair = pairs[index] as Strip["pairs"][number];
        if (inPlay && pair.level !== colour) continue;
        if (row !== undefined && (pair.i === row || pair.j === row) !== outstanding) continue;
        const x = Math.min(high, Math.max(low, axis.place(current[index] as number)));
        const y = middle - (current[count + index] as number) * half;
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
        const strength = pull === undefined ? 0 : -pull(pair) / largest;
        const length = strength * longest;
        if (Math.abs(length) > shortest) traceArrow(arrows, x, y, length + Math.sign(length) * radius, 0);
      }
      context.fill();
      context.globalAlpha = Math.min(1, context.globalAlpha + 0.15);
      context.lineWidth = outstanding ? 1.6 : 1;
      context.stroke(arrows);
    }
  context.globalAlpha = 1;
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
  const { pull } = distances;
  const all = [...distances.positives.pairs, ...distances.negatives.pairs];
  const largest = pull === undefined ? 1 : all.reduce((most, pair) => Math.max(most, Math.abs(pull(pair))), 1e-12);
  const strips = stripsOf(height);
  points(sheet, distances.negatives, current.negatives, distances, axis, strips.negatives, largest);
  points(sheet, distances.positives, current.positives, distances, axis, strips.positives, largest);
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
