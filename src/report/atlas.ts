/** A map of unseen pictures and the centres of their classes, by t-SNE: the paper's Figure 3 of one run. */
import { classCentres, rowsByLabel, tsne } from "../evaluate/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";

export interface MapPoint {
  /** Of the pictures. */
  readonly row: number;
  readonly file: string;
  readonly class: string;
  readonly x: number;
  readonly y: number;
}

export interface Atlas {
  readonly points: readonly MapPoint[];
  /** Means of all embeddings of a class, those that are no points too. */
  readonly centres: readonly { readonly class: string; readonly x: number; readonly y: number }[];
}

interface Mapped {
  readonly embeddings: Tensor;
  readonly labels: readonly number[];
  readonly files: readonly string[];
}

/** Classes and pictures that a map can show and a reader tell apart. */
const mostClasses = 24;
const mostPoints = 200;

const even = <A>(values: readonly A[], count: number): readonly A[] =>
  values.length <= count
    ? values
    : Array.from({ length: count }, (_, index) => Math.floor((index * values.length) / count)).flatMap((index) =>
        values.slice(index, index + 1),
      );

/** Whole classes, evenly spread over all, and of each as many pictures; the same sample for the same labels. */
const sampleOf = (labels: readonly number[]): readonly (readonly [label: number, rows: readonly number[]])[] => {
  const classes = even([...rowsByLabel(labels)], mostClasses);
  const each = Math.max(1, Math.floor(mostPoints / Math.max(1, classes.length)));
  return classes.map(([label, rows]) => [Number(label), even(rows, each)]);
};

/** Places of a sample and of its classes' centres, found together, so that near means the same for both. */
export const mapped = ({ embeddings: { shape, data }, labels, files }: Mapped, nameOf: (label: number) => string): Atlas => {
  const width = axisLength(shape, 1);
  const sample = sampleOf(labels);
  const rows = sample.flatMap(([, own]) => own);
  const centres = classCentres({ shape, data }, labels);
  const centreOf = new Map([...rowsByLabel(labels)].map(([label], index) => [label, index]));
  const points = new Float64Array((rows.length + sample.length) * width);
  const put = (place: number, from: Tensor, row: number): void => {
    for (let d = 0; d < width; d++) points[place * width + d] = at(from.data, row * width + d);
  };
  rows.forEach((row, place) => {
    put(place, { shape, data }, row);
  });
  sample.forEach(([label], index) => {
    put(rows.length + index, centres, centreOf.get(label) ?? 0);
  });
  const places = tsne({ shape: [rows.length + sample.length, width], data: points }, { iterations: 400, seed: 0 });
  const placed = (place: number) => ({ x: at(places.data, 2 * place), y: at(places.data, 2 * place + 1) });
  return {
    points: rows.map((row, place) => ({ row, file: files[row] ?? "", class: nameOf(labels[row] ?? 0), ...placed(place) })),
    centres: sample.map(([label], index) => ({ class: nameOf(label), ...placed(rows.length + index) })),
  };
};
