/** What embeddings of pictures that never trained show: what is found first, what is taken for what, and who lies near whom. */
import { type LoneRule, type Neighbours, nearestNeighbours, rowsByLabel } from "../evaluate/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { type Atlas, mapped } from "./atlas.js";

/** Pictures that were embedded: [N, D], and of each its class and the path by which people know it. */
export interface Side {
  readonly embeddings: Tensor;
  readonly labels: readonly number[];
  readonly files: readonly string[];
}

export interface Judged {
  readonly queries: Side;
  /** Where the queries do not look among each other. */
  readonly gallery?: Side | undefined;
  /** Names of classes by their numbers. */
  readonly classes: readonly string[];
  /** The K of Recall@K. */
  readonly ranks: readonly number[];
  readonly lone: LoneRule;
  /** Products of numbers that comparing may cost; some seconds of them unless given. Beyond it queries are sampled. */
  readonly work?: number | undefined;
}

/** One picture of a side. */
export interface Seen {
  readonly side: "query" | "gallery";
  readonly row: number;
  readonly file: string;
  readonly class: string;
}

export interface Neighbour extends Seen {
  readonly distance: number;
  readonly right: boolean;
}

/** A query and what lies nearest to it. */
export interface Answer extends Seen {
  readonly found: readonly Neighbour[];
}

export interface ClassRow {
  readonly class: string;
  readonly queries: number;
  /** By `recall@K`. */
  readonly scores: Readonly<Record<string, number>>;
}

export interface Confusion {
  readonly class: string;
  readonly takenFor: string;
  readonly count: number;
  /** Queries of the class that count. */
  readonly of: number;
}

export interface Looked {
  readonly queries: number;
  /** How many of them were asked: all, or a sample where all would take too long. */
  readonly asked: number;
  /** Over those that were asked. */
  readonly scores: Readonly<Record<string, number>>;
  readonly classes: readonly ClassRow[];
  /** The most frequent first. */
  readonly confusions: readonly Confusion[];
  readonly best: readonly Answer[];
  readonly worst: readonly Answer[];
  readonly map: Atlas;
}

/** Neighbours that a sheet shows. */
const shown = 5;
/** Queries at either end of a sheet. */
const ends = 6;
const mostConfusions = 20;
const mostWork = 2 ** 32;

const rowsOf = ({ embeddings: { shape, data } }: Side, rows: readonly number[]): Tensor => {
  const width = axisLength(shape, 1);
  const taken = new Float64Array(rows.length * width);
  rows.forEach((row, place) => {
    for (let d = 0; d < width; d++) taken[place * width + d] = at(data, row * width + d);
  });
  return { shape: [rows.length, width], data: taken };
};

/** `count` numbers below `total`, evenly spread. */
export const spread = (total: number, count: number): readonly number[] =>
  Array.from({ length: Math.min(total, count) }, (_, index) => Math.floor((index * total) / Math.min(total, count)));

const neighboursOf = ({ queries, gallery }: Judged, asked: readonly number[], count: number): Neighbours => {
  const same = gallery === undefined;
  const among = (gallery ?? queries).embeddings;
  if (asked.length === queries.labels.length) return nearestNeighbours(queries.embeddings, among, { count, same });
  const found = nearestNeighbours(rowsOf(queries, asked), among, { count: count + 1, same: false });
  return found.map((rows, place) => rows.filter((row) => !same || row !== asked[place]).slice(0, count));
};

const distanceBetween = (a: Side, i: number, b: Side, j: number): number => {
  const width = axisLength(a.embeddings.shape, 1);
  let square = 0;
  for (let d = 0; d < width; d++) square += (at(a.embeddings.data, i * width + d) - at(b.embeddings.data, j * width + d)) ** 2;
  return Math.sqrt(square);
};

/** One query that was asked. */
interface Asked {
  readonly row: number;
  readonly label: number;
  readonly near: readonly number[];
  /** Rank of the first that is right, 1 being the nearest; 0 where none among the neighbours is. */
  readonly first: number;
  readonly hits: number;
  readonly nearest: number;
}

const recallsOf = (asked: readonly Asked[], ranks: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    ranks.map((rank) => {
      const found = asked.filter(({ first }) => first > 0 && first <= rank).length;
      return [`recall@${rank}`, asked.length === 0 ? 0 : found / asked.length];
    }),
  );

const confusionsOf = (asked: readonly Asked[], labels: readonly number[], nameOf: (label: number) => string): readonly Confusion[] =>
  [...rowsByLabel(asked.map(({ label }) => label))]
    .flatMap(([label, places]) => {
      const taken = places.flatMap((place) => {
        const [nearest] = asked[place]?.near ?? [];
        return nearest === undefined || labels[nearest] === label ? [] : [labels[nearest] ?? 0];
      });
      return [...rowsByLabel(taken)].map(([other, cases]) => ({
        class: nameOf(Number(label)),
        takenFor: nameOf(Number(other)),
        count: cases.length,
        of: places.length,
      }));
    })
    .sort((a, b) => b.count - a.count || b.count / b.of - a.count / a.of)
    .slice(0, mostConfusions);

/** The first of each class, in this order, so that a sheet shows more than one of them. */
const firstOfEach = (asked: readonly Asked[]): readonly Asked[] => {
  const classes = new Set<number>();
  return asked
    .filter(({ label }) => {
      const fresh = !classes.has(label);
      classes.add(label);
      return fresh;
    })
    .slice(0, ends);
};

/**
 * Looks at embeddings. A query without a possible match counts as `lone` says, and is on no sheet. The best queries have most of their
 * nearest right, and of those the nearest neighbour nearest; the worst have fewest right, and were the surest: nearest neighbour nearest.
 */
export const lookedAt = (judged: Judged): Looked => {
  const { queries, gallery, classes, ranks, lone, work = mostWork } = judged;
  const among = gallery ?? queries;
  const nameOf = (label: number): string => classes[label] ?? String(label);
  const each = among.labels.length * axisLength(queries.embeddings.shape, 1);
  const rows = spread(queries.labels.length, Math.max(1, Math.floor(work / Math.max(1, each))));
  const neighbours = neighboursOf(judged, rows, Math.max(shown, ...ranks));
  const counts = new Map([...rowsByLabel(among.labels)].map(([label, members]) => [label, members.length]));
  const matches = (label: number): number => (counts.get(label) ?? 0) - (gallery === undefined ? 1 : 0);
  const all = rows.map((row, place): Asked => {
    const label = queries.labels[row] ?? 0;
    const near = [...(neighbours[place] ?? [])];
    const [nearest] = near;
    return {
      row,
      label,
      near,
      first: near.findIndex((other) => among.labels[other] === label) + 1,
      hits: near.slice(0, shown).filter((other) => among.labels[other] === label).length,
      nearest: nearest === undefined ? Number.POSITIVE_INFINITY : distanceBetween(queries, row, among, nearest),
    };
  });
  const answerable = all.filter(({ label }) => matches(label) > 0);
  const counted = lone === "miss" ? all : answerable;
  const answer = ({ row, label, near }: Asked): Answer => ({
    side: "query",
    row,
    file: queries.files[row] ?? "",
    class: nameOf(label),
    found: near.slice(0, shown).map((other) => ({
      side: gallery === undefined ? "query" : "gallery",
      row: other,
      file: among.files[other] ?? "",
      class: nameOf(among.labels[other] ?? 0),
      distance: distanceBetween(queries, row, among, other),
      right: among.labels[other] === label,
    })),
  });
  const byNearest = (a: Asked, b: Asked): number => a.nearest - b.nearest;
  const best = [...answerable].sort((a, b) => b.hits - a.hits || byNearest(a, b)).filter(({ hits }) => hits > 0);
  const worst = [...answerable].sort((a, b) => a.hits - b.hits || byNearest(a, b)).filter(({ first }) => first !== 1);
  return {
    queries: queries.labels.length,
    asked: rows.length,
    scores: recallsOf(counted, ranks),
    classes: [...rowsByLabel(all.map(({ label }) => label))].map(([label, places]) => ({
      class: nameOf(Number(label)),
      queries: places.length,
      scores: recallsOf(
        counted.filter((one) => one.label === label),
        ranks,
      ),
    })),
    confusions: confusionsOf(counted, among.labels, nameOf),
    best: firstOfEach(best).map(answer),
    worst: firstOfEach(worst).map(answer),
    map: mapped(queries, nameOf),
  };
};

/** Every picture that a page would show of what was looked at, each once. */
export const picturesIn = ({ best, worst, map }: Looked): readonly Seen[] => {
  const all = [
    ...map.points.map((point): Seen => ({ ...point, side: "query" })),
    ...[...best, ...worst].flatMap((one) => [one, ...one.found]),
  ];
  return [...new Map(all.map((one) => [`${one.side} ${one.row}`, one])).values()];
};
