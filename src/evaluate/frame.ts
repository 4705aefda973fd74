/**
 * Where everything lies in the memory that assembly/ranks.ts counts in. Rows go into panels of four, the gallery's sorted by class, so
 * that a query's matches are a stretch of it. Bytes: 8 D a row of the gallery and of queries that are others, 48 a row for tables, and
 * `room` for the distances of matches, which are counted in rounds where they are more.
 */
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { type Labels, rowsByLabel } from "./queries.js";

/** Rows of a panel. */
export const panel = 4;

/** Embeddings [N, D] and their labels. */
export interface Rows {
  readonly embeddings: Tensor;
  readonly labels: Labels;
}

/** Words of the frame, in the order of assembly/ranks.ts. */
export interface Frame {
  readonly queries: number;
  readonly gallery: number;
  readonly length: number;
  readonly indices: number;
  readonly starts: number;
  readonly ends: number;
  readonly offsets: number;
  readonly lasts: number;
  readonly distances: number;
  readonly matches: number;
  readonly counters: number;
  readonly regions: number;
  readonly regionBytes: number;
  readonly results: number;
  readonly same: number;
}

const order = [
  "queries",
  "gallery",
  "length",
  "indices",
  "starts",
  "ends",
  "offsets",
  "lasts",
  "distances",
  "matches",
  "counters",
  "regions",
  "regionBytes",
  "results",
  "same",
] as const satisfies readonly (keyof Frame)[];

/** Query slots whose matches are counted together, from panel to panel. */
export interface Round {
  readonly first: number;
  readonly last: number;
}

export interface Layout {
  readonly frame: Frame;
  /** Where the frame itself lies. */
  readonly address: number;
  readonly bytes: number;
  /** The row in each slot. */
  readonly querySlots: Int32Array;
  readonly gallerySlots: Int32Array;
  /** By query slot: the stretch of gallery slots of its class. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly rounds: readonly Round[];
  /** Queries and gallery are one set, and its distances are measured once for both sides. */
  readonly mutual: boolean;
}

/** A call of a kernel over such a memory. */
export interface Call {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly name: "measure" | "count" | "finish";
  readonly args: readonly number[];
}

const rowsOf = ({ embeddings }: Rows): number => axisLength(embeddings.shape, 0);

/** The rows sorted by class, by index within one; and the stretch of each class. */
const byClass = (labels: Labels) => {
  const slots = new Int32Array(labels.length);
  const stretches = new Map<number | string, Round>();
  let first = 0;
  for (const [label, rows] of rowsByLabel(labels)) {
    slots.set(rows, first);
    stretches.set(label, { first, last: first + rows.length });
    first += rows.length;
  }
  return { slots, stretches };
};

/** As many panels a round as have `most` matches, one or more. */
const roundsOf = (matches: Int32Array, most: number): readonly Round[] => {
  const rounds: Round[] = [];
  let [first, held] = [0, 0];
  for (let slot = 0; slot < matches.length; slot += panel) {
    const more = matches.subarray(slot, slot + panel).reduce((sum, count) => sum + count, 0);
    if (held > 0 && held + more > most) {
      rounds.push({ first, last: slot });
      [first, held] = [slot, 0];
    }
    held += more;
  }
  return [...rounds, { first, last: matches.length }];
};

/** `threads` count at once, each in counters of its own. Queries are the gallery's rows themselves where there is no gallery. */
export const layoutOf = (queries: Rows, gallery: Rows | undefined, threads: number, room: number): Layout => {
  const same = gallery === undefined;
  const { slots: gallerySlots, stretches } = byClass((gallery ?? queries).labels);
  const querySlots = same ? gallerySlots : Int32Array.from({ length: rowsOf(queries) }, (_, row) => row);
  const stretchOf = (row: number): Round => stretches.get(queries.labels[row] as number | string) ?? { first: 0, last: 0 };
  const starts = querySlots.map((row) => stretchOf(row).first);
  const ends = querySlots.map((row) => stretchOf(row).last);
  const matches = querySlots.map((_, slot) => at(ends, slot) - at(starts, slot) - (same ? 1 : 0));
  const rounds = roundsOf(matches, Math.max(1, Math.floor(room / (12 + 4 * threads))));
  const held = Math.max(1, ...rounds.map(({ first, last }) => matches.subarray(first, last).reduce((sum, count) => sum + count, 0)));
  const length = axisLength(queries.embeddings.shape, 1);
  const [queryRows, galleryRows] = [querySlots, gallerySlots].map((slots) => panel * Math.ceil(slots.length / panel)) as [number, number];
  const address = 64;
  let bytes = address + 64 * Math.ceil((4 * order.length) / 64);
  const region = (size: number): number => {
    const place = bytes;
    bytes += 64 * Math.ceil(size / 64);
    return place;
  };
  const panels = region(8 * length * galleryRows);
  const frame: Frame = {
    gallery: panels,
    queries: same ? panels : region(8 * length * queryRows),
    length,
    indices: region(4 * galleryRows),
    starts: region(4 * queryRows),
    ends: region(4 * queryRows),
    offsets: region(4 * queryRows),
    lasts: region(8 * queryRows),
    distances: region(8 * held),
    matches: region(4 * held),
    regions: threads,
    regionBytes: 4 * held,
    counters: region(4 * held * threads),
    results: region(24 * queryRows),
    same: same ? 1 : 0,
  };
  return { frame, address, bytes, querySlots, gallerySlots, starts, ends, rounds, mutual: same && rounds.length === 1 };
};

/** Rows into panels; slots that the last panel has too many are as far as can be from everything. */
const pack = (buffer: ArrayBufferLike, address: number, { embeddings: { shape, data } }: Rows, slots: Int32Array): void => {
  const length = axisLength(shape, 1);
  const panels = Math.ceil(slots.length / panel);
  const into = new Float64Array(buffer, address, panels * panel * length);
  into.fill(Number.POSITIVE_INFINITY, (panels - 1) * panel * length);
  for (let slot = 0; slot < slots.length; slot++) {
    const from = at(slots, slot) * length;
    const to = Math.floor(slot / panel) * panel * length + (slot % panel);
    for (let k = 0; k < length; k++) into[to + panel * k] = at(data, from + k);
  }
};

/** Writes rows and tables; `begin` writes what a round needs. */
export const fill = (buffer: ArrayBufferLike, layout: Layout, queries: Rows, gallery: Rows | undefined): void => {
  const { frame, address, querySlots, gallerySlots, starts, ends } = layout;
  new Uint32Array(buffer, address, order.length).set(order.map((name) => frame[name]));
  pack(buffer, frame.gallery, gallery ?? queries, gallerySlots);
  if (gallery !== undefined) pack(buffer, frame.queries, queries, querySlots);
  // The last panel's empty slots come after everything, and have nothing to look for.
  new Int32Array(buffer, frame.indices, panel * Math.ceil(gallerySlots.length / panel)).fill(2 ** 31 - 1).set(gallerySlots);
  new Int32Array(buffer, frame.starts, starts.length).set(starts);
  new Int32Array(buffer, frame.ends, ends.length).set(ends);
  new Float64Array(buffer, frame.lasts, panel * Math.ceil(querySlots.length / panel)).fill(-1);
};

export const begin = (buffer: ArrayBufferLike, { frame, starts, ends }: Layout, { first, last }: Round): void => {
  const offsets = new Int32Array(buffer, frame.offsets, starts.length);
  let offset = 0;
  for (let slot = first; slot < last; slot++) {
    offsets[slot] = offset;
    offset += at(ends, slot) - at(starts, slot) - frame.same;
  }
  new Int32Array(buffer, frame.counters, (frame.regions * frame.regionBytes) / 4).fill(0);
};
