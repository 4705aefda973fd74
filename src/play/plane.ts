/** Embeddings seen in a plane, and from moment to moment from the same side. */
import { at, axisLength, type Tensor } from "../tensor/index.js";

/** A place or a direction in the plane. */
export type Point = readonly [x: number, y: number];

/** A plane through the middle of some embeddings. */
export interface Plane {
  /** Of the embeddings that it was laid through, in their order. */
  readonly positions: readonly Point[];
  /** Where a direction of the embeddings' space (an arrow) points in the plane. */
  readonly direction: (vector: ArrayLike<number>) => Point;
  /** Where an embedding lies. */
  readonly project: (embedding: ArrayLike<number>) => Point;
  /** The embedding moved within the plane, so that it lies at `to`: what lies across the plane stays. */
  readonly unproject: (embedding: ArrayLike<number>, to: Point) => Float64Array;
  /** Two directions of length 1, across each other, of the embeddings' numbers; the second is zeros where an embedding has one number. */
  readonly axes: readonly [Float64Array, Float64Array];
}

type Row = ArrayLike<number>;

const dot = (a: Row, b: Row): number => {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] as number) * (b[index] as number);
  return sum;
};

const combined = (a: Row, x: number, b: Row, y: number): Float64Array =>
  Float64Array.from(a, (value, index) => value * x + (b[index] as number) * y);

const unit = (row: Row): Float64Array => {
  const length = Math.sqrt(dot(row, row));
  return Float64Array.from(row, (value) => (length > 0 ? value / length : 0));
};

/** The n rows less their mean, and the mean. */
const centred = ({ shape, data }: Tensor): { readonly rows: readonly Float64Array[]; readonly mean: Float64Array } => {
  const [count, width] = [axisLength(shape, 0), axisLength(shape, 1)];
  const mean = new Float64Array(width);
  for (let flat = 0; flat < count * width; flat++) mean[flat % width] = (mean[flat % width] as number) + at(data, flat) / count;
  const rows = Array.from({ length: count }, (_, row) =>
    Float64Array.from({ length: width }, (_, column) => at(data, row * width + column) - (mean[column] as number)),
  );
  return { rows, mean };
};

/** Scatter of the rows times a direction: the sum of (r . v) r. */
const scattered = (rows: readonly Float64Array[], direction: Float64Array): Float64Array => {
  const sum = new Float64Array(direction.length);
  for (const row of rows) {
    const along = dot(row, direction);
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + along * (row[index] as number);
  }
  return sum;
};

const rounds = 60;

/** A direction across `first`, out of one that may lie along it. */
const across = (row: Float64Array, first: Float64Array): Float64Array => unit(combined(row, 1, first, -dot(row, first)));

/** The numbers' own directions: those of the two numbers that spread most. */
const widest = (rows: readonly Float64Array[], width: number): readonly [Float64Array, Float64Array] => {
  const spread = Array.from({ length: width }, (_, column) => rows.reduce((sum, row) => sum + (row[column] as number) ** 2, 0));
  const [first = 0, second = first === 0 ? 1 : 0] = spread.map((_, column) => column).sort((a, b) => (spread[b] ?? 0) - (spread[a] ?? 0));
  const axis = (own: number): Float64Array => Float64Array.from({ length: width }, (_, column) => (column === own ? 1 : 0));
  return [axis(first), axis(second)];
};

/** The two principal directions, by orthogonal iteration from the two numbers that spread most. */
const principal = (rows: readonly Float64Array[], width: number): readonly [Float64Array, Float64Array] => {
  let [first, second] = widest(rows, width);
  for (let round = 0; round < rounds; round++) {
    const [a, b] = [unit(scattered(rows, first)), scattered(rows, second)];
    // All rows in one line, or at one point: nothing is left to go by.
    if (dot(a, a) === 0) break;
    const c = across(b, a);
    [first, second] = [a, dot(c, c) === 0 ? across(second, a) : c];
  }
  return [first, second];
};

/** The turn (and mirroring) of the plane that brings points nearest to those before: orthogonal Procrustes in two dimensions. */
const turnTo = (points: readonly Point[], before: readonly Point[]): readonly [Point, Point] => {
  let [xx, xy, yx, yy] = [0, 0, 0, 0];
  for (const [index, [x, y]] of points.entries()) {
    const [u, v] = before[index] ?? [0, 0];
    xx += x * u;
    xy += x * v;
    yx += y * u;
    yy += y * v;
  }
  const [turned, mirrored] = [Math.hypot(xx + yy, xy - yx), Math.hypot(xx - yy, xy + yx)];
  if (turned === 0 && mirrored === 0)
    return [
      [1, 0],
      [0, 1],
    ];
  if (turned >= mirrored) {
    const [c, s] = [(xx + yy) / turned, (xy - yx) / turned];
    return [
      [c, s],
      [-s, c],
    ];
  }
  const [c, s] = [(xx - yy) / mirrored, (xy + yx) / mirrored];
  return [
    [c, s],
    [s, -c],
  ];
};

/**
 * The plane of rows [n, D] that shows most of them: of the principal directions; of two numbers the embeddings themselves. With the plane
 * `before` of the same rows it is turned, and mirrored, so that they lie nearest to where they lay.
 */
export const plane = (embeddings: Tensor, before?: Pick<Plane, "positions">): Plane => {
  const { rows, mean } = centred(embeddings);
  const width = mean.length;
  const [first, second] =
    width === 1
      ? [Float64Array.of(1), Float64Array.of(0)]
      : width === 2
        ? [Float64Array.of(1, 0), Float64Array.of(0, 1)]
        : principal(rows, width);
  const flat = rows.map((row): Point => [dot(row, first), dot(row, second)]);
  const [[xu, xv], [yu, yv]] =
    before?.positions.length === flat.length
      ? turnTo(flat, before.positions)
      : ([
          [1, 0],
          [0, 1],
        ] as const);
  const axes = [combined(first, xu, second, yu), combined(first, xv, second, yv)] as const;
  const direction = (vector: Row): Point => [dot(vector, axes[0]), dot(vector, axes[1])];
  const project = (embedding: Row): Point => direction(combined(embedding, 1, mean, -1));
  return {
    positions: rows.map(direction),
    direction,
    project,
    unproject: (embedding, [x, y]) => {
      const [nowX, nowY] = project(embedding);
      return combined(combined(axes[0], x - nowX, axes[1], y - nowY), 1, embedding, 1);
    },
    axes,
  };
};
