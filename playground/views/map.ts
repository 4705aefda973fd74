/** Where the pictures of a moment lie in a plane: those that train and those that are never seen, seen from one side, moment after moment. */
import { type Moment, type Plane, type Point, plane } from "#mdr/play/index.js";
import { axisLength, type Tensor, unsafeTensor } from "#mdr/tensor/index.js";
import type { WhatIf } from "../store/whatIf.js";

/** A part of the plane: its middle, and half its width and height. */
export type View = readonly [x: number, y: number, halfWidth: number, halfHeight: number];

/** Rows of a moment: the probe's first, then the unseen ones'. */
export interface Spots {
  readonly plane: Plane;
  /** x and y of each row, side by side. */
  readonly places: Float64Array;
  /** x and y of where each row of the probe wants to go; the longest has length 1. */
  readonly arrows: Float64Array;
  /** Holds them all, with a rim. */
  readonly view: View;
  readonly probes: number;
  /** Of each row: its picture among those shown, and its class. */
  readonly pictures: readonly number[];
  readonly labels: readonly number[];
}

/** The smallest box around them, and a rim for their pictures. */
const viewOf = (positions: readonly Point[]): View => {
  const [xs, ys] = [positions.map(([x]) => x), positions.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const rimmed = (extent: number): number => Math.max(extent / 2, 1e-9) * 1.14;
  return [(left + right) / 2, (low + high) / 2, rimmed(right - left), rimmed(high - low)];
};

const rowOf = ({ shape, data }: Tensor, row: number): readonly number[] => {
  const width = axisLength(shape, 1);
  return Array.from({ length: width }, (_, column) => data[row * width + column] as number);
};

/** The probe's rows above the others, [n, D]. */
export const together = ({ probe, unseen }: Pick<Moment, "probe" | "unseen">): Tensor => {
  const rows = axisLength(probe.embeddings.shape, 0) + axisLength(unseen.embeddings.shape, 0);
  const data = new Float64Array(probe.embeddings.data.length + unseen.embeddings.data.length);
  data.set(probe.embeddings.data);
  data.set(unseen.embeddings.data, probe.embeddings.data.length);
  return unsafeTensor([rows, axisLength(probe.embeddings.shape, 1)], data);
};

/** The embedding of a row of the probe as it is shown: where a visitor dragged it, or its own. */
export const embeddingOf = ({ probe }: Moment, { dragged }: WhatIf, row: number): readonly number[] =>
  dragged?.row === row ? dragged.embedding : rowOf(probe.embeddings, row);

/**
 * @param wanted where the probe's embeddings want to go, [N, D]
 * @param before the plane of the last moment, to which this one is turned
 */
export const spotsOf = (moment: Moment, { dragged }: WhatIf, wanted: Tensor, before: Plane | undefined): Spots => {
  const { probe, unseen } = moment;
  // Laid through what is, not through what might be: it must not turn while somebody drags.
  const laid = plane(together(moment), before);
  const positions = laid.positions.map((own, row): Point => (dragged?.row === row ? laid.project(dragged.embedding) : own));
  const directions = probe.labels.map((_, row) => laid.direction(rowOf(wanted, row)));
  const longest = directions.reduce((most, [x, y]) => Math.max(most, Math.hypot(x, y)), 1e-12);
  return {
    plane: laid,
    places: Float64Array.from(positions.flat()),
    arrows: Float64Array.from(directions.flat(), (value) => value / longest),
    view: viewOf(laid.positions),
    probes: probe.labels.length,
    pictures: [...probe.pictures, ...unseen.pictures],
    labels: [...probe.labels, ...unseen.labels],
  };
};
