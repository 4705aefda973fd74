/**
 * How far down the order of its gallery each query meets its matches: distances in float64 as sums of squared differences, each added up
 * in the order of its components as src/evaluate/squared.ts does, sixteen at once. A module of its own, over a memory of its own.
 *
 * Embeddings lie in panels of four rows, [panels, D, 4] float64, the gallery's sorted by class. What else there is lies where the
 * frame says: words of addresses and sizes, in the order of `Frame` in src/evaluate/frame.ts.
 */

const PANEL: i32 = 4;

function word(frame: usize, place: i32): usize {
  return <usize>load<u32>(frame + (<usize>place << 2));
}

/* Places in the frame. */
const QUERIES: i32 = 0;
const GALLERY: i32 = 1;
const LENGTH: i32 = 2;
const INDICES: i32 = 3;
const STARTS: i32 = 4;
const ENDS: i32 = 5;
const OFFSETS: i32 = 6;
const LASTS: i32 = 7;
const DISTANCES: i32 = 8;
const MATCHES: i32 = 9;
const COUNTERS: i32 = 10;
const REGIONS: i32 = 11;
const REGION_BYTES: i32 = 12;
const RESULTS: i32 = 13;
const SAME: i32 = 14;

function entry32(table: usize, slot: i32): i32 {
  return load<i32>(table + (<usize>slot << 2));
}

function entry64(table: usize, slot: i32): f64 {
  return load<f64>(table + (<usize>slot << 3));
}

/** Whether the match at `place` comes before an entry so far away, the lower index first of two as near. */
function isBefore(distances: usize, matches: usize, place: i32, distance: f64, index: i32): bool {
  const own = entry64(distances, place);
  return own < distance || (own == distance && entry32(matches, place) < index);
}

function swap(distances: usize, matches: usize, a: i32, b: i32): void {
  const distance = entry64(distances, a);
  const index = entry32(matches, a);
  store<f64>(distances + (<usize>a << 3), entry64(distances, b));
  store<i32>(matches + (<usize>a << 2), entry32(matches, b));
  store<f64>(distances + (<usize>b << 3), distance);
  store<i32>(matches + (<usize>b << 2), index);
}

/** Sinks the match at `root` of a heap of `count`, the farthest of which is on top. */
function sink(distances: usize, matches: usize, root: i32, count: i32): void {
  while (2 * root + 1 < count) {
    let child = 2 * root + 1;
    if (
      child + 1 < count &&
      isBefore(distances, matches, child, entry64(distances, child + 1), entry32(matches, child + 1))
    ) {
      child++;
    }
    if (!isBefore(distances, matches, root, entry64(distances, child), entry32(matches, child))) return;
    swap(distances, matches, root, child);
    root = child;
  }
}

/** Sorts a query's matches by distance, then by index. */
function sort(distances: usize, matches: usize, count: i32): void {
  for (let root = count / 2 - 1; root >= 0; root--) sink(distances, matches, root, count);
  for (let end = count - 1; end > 0; end--) {
    swap(distances, matches, 0, end);
    sink(distances, matches, 0, end);
  }
}

/** The distances of query slots `first` .. `last - 1` from their matches, sorted; and the largest of them, -1 where there is none. */
export function measure(frame: usize, first: i32, last: i32): void {
  const length = <i32>word(frame, LENGTH);
  const panelBytes = (<usize>length * PANEL) << 3;
  for (let query = first; query < last; query++) {
    const start = entry32(word(frame, STARTS), query);
    const end = entry32(word(frame, ENDS), query);
    const offset = entry32(word(frame, OFFSETS), query);
    const distances = word(frame, DISTANCES) + (<usize>offset << 3);
    const matches = word(frame, MATCHES) + (<usize>offset << 2);
    const own = word(frame, QUERIES) + <usize>(query / PANEL) * panelBytes + (<usize>(query % PANEL) << 3);
    let found = 0;
    for (let panel = start / PANEL; panel * PANEL < end; panel++) {
      let q = own;
      let g = word(frame, GALLERY) + <usize>panel * panelBytes;
      let low = f64x2.splat(0);
      let high = low;
      for (const stop = g + panelBytes; g < stop; g += 32, q += 32) {
        const value = v128.load64_splat(q);
        const a = f64x2.sub(value, v128.load(g));
        const b = f64x2.sub(value, v128.load(g, 16));
        low = f64x2.add(low, f64x2.mul(a, a));
        high = f64x2.add(high, f64x2.mul(b, b));
      }
      for (let lane = 0; lane < PANEL; lane++) {
        const slot = panel * PANEL + lane;
        if (slot < start || slot >= end || (word(frame, SAME) != 0 && slot == query)) continue;
        const pair = lane < 2 ? low : high;
        const distance = (lane & 1) == 0 ? f64x2.extract_lane(pair, 0) : f64x2.extract_lane(pair, 1);
        store<f64>(distances + (<usize>found << 3), distance);
        store<i32>(matches + (<usize>found << 2), entry32(word(frame, INDICES), slot));
        found++;
      }
    }
    sort(distances, matches, found);
    store<f64>(word(frame, LASTS) + (<usize>query << 3), found == 0 ? -1 : entry64(distances, found - 1));
  }
}

/** Entries counted for one match between two looks at which matches still matter, less one. */
const LOOK: i32 = 15;

/**
 * What is still to be known of a query: the rank of its nearest match, and those of matches that may be among the R nearest. From the first
 * match on that has R entries before it already, nothing more is counted: the query's `LASTS` comes nearer.
 */
function narrow(frame: usize, counters: usize, query: i32, offset: i32, count: i32): void {
  let before = 0;
  let place = 0;
  for (; place < count; place++) {
    before += entry32(counters, offset + place);
    if (before + place >= count) break;
  }
  if (place == count) return;
  const last = entry64(word(frame, DISTANCES), offset + max(0, place - 1));
  const at = word(frame, LASTS) + (<usize>query << 3);
  // Threads know different parts: each may only take away.
  if (last < load<f64>(at)) store<f64>(at, last);
}

/** Counts an entry for the first of a query's matches that it comes before; one of the query's own class is no rival. */
function note(frame: usize, counters: usize, query: i32, slot: i32, distance: f64): void {
  const start = entry32(word(frame, STARTS), query);
  const end = entry32(word(frame, ENDS), query);
  if (slot >= start && slot < end) return;
  const offset = entry32(word(frame, OFFSETS), query);
  const distances = word(frame, DISTANCES) + (<usize>offset << 3);
  const matches = word(frame, MATCHES) + (<usize>offset << 2);
  const index = entry32(word(frame, INDICES), slot);
  const count = end - start - <i32>word(frame, SAME);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(distances, matches, middle, distance, index)) low = middle + 1;
    else high = middle;
  }
  if (low == count) return;
  const at = counters + (<usize>(offset + low) << 2);
  const counted = load<i32>(at) + 1;
  store<i32>(at, counted);
  if ((counted & LOOK) == 0) narrow(frame, counters, query, offset, count);
}

/** Two distances of one query from neighbouring slots, where one of them may count. */
function noteRow(frame: usize, counters: usize, query: i32, slot: i32, pair: v128, last: f64): void {
  const a = f64x2.extract_lane(pair, 0);
  const b = f64x2.extract_lane(pair, 1);
  if (a <= last) note(frame, counters, query, slot, a);
  if (b <= last) note(frame, counters, query, slot + 1, b);
}

/** Two distances of neighbouring queries from one slot. */
function noteColumn(frame: usize, counters: usize, query: i32, slot: i32, pair: v128): void {
  const a = f64x2.extract_lane(pair, 0);
  const b = f64x2.extract_lane(pair, 1);
  const lasts = word(frame, LASTS);
  if (a <= entry64(lasts, query)) note(frame, counters, query, slot, a);
  if (b <= entry64(lasts, query + 1)) note(frame, counters, query + 1, slot, b);
}

function anyWithin(low: v128, high: v128, lastLow: v128, lastHigh: v128): bool {
  return v128.any_true(v128.or(f64x2.le(low, lastLow), f64x2.le(high, lastHigh)));
}

/**
 * Compares the queries of panels `firstQuery` .. `lastQuery - 1` with the gallery's of panels `first` .. `last - 1`, into counters of
 * region `region`. Where `mutual`, both are the same rows: each two panels are compared once, and both sides learn of it.
 */
export function count(frame: usize, firstQuery: i32, lastQuery: i32, first: i32, last: i32, mutual: bool, region: i32): void {
  const length = <i32>word(frame, LENGTH);
  const panelBytes = (<usize>length * PANEL) << 3;
  const lasts = word(frame, LASTS);
  const counters = word(frame, COUNTERS) + <usize>region * word(frame, REGION_BYTES);
  for (let column = first; column < last; column++) {
    const gallery = word(frame, GALLERY) + <usize>column * panelBytes;
    const slot = column * PANEL;
    for (let row = firstQuery; row < lastQuery; row++) {
      if (mutual && row > column) break;
      let q = word(frame, QUERIES) + <usize>row * panelBytes;
      let g = gallery;
      let a0 = f64x2.splat(0);
      let b0 = a0;
      let a1 = a0;
      let b1 = a0;
      let a2 = a0;
      let b2 = a0;
      let a3 = a0;
      let b3 = a0;
      for (const stop = g + panelBytes; g < stop; g += 32, q += 32) {
        const low = v128.load(g);
        const high = v128.load(g, 16);
        const q0 = v128.load64_splat(q);
        let da = f64x2.sub(q0, low);
        let db = f64x2.sub(q0, high);
        a0 = f64x2.add(a0, f64x2.mul(da, da));
        b0 = f64x2.add(b0, f64x2.mul(db, db));
        const q1 = v128.load64_splat(q, 8);
        da = f64x2.sub(q1, low);
        db = f64x2.sub(q1, high);
        a1 = f64x2.add(a1, f64x2.mul(da, da));
        b1 = f64x2.add(b1, f64x2.mul(db, db));
        const q2 = v128.load64_splat(q, 16);
        da = f64x2.sub(q2, low);
        db = f64x2.sub(q2, high);
        a2 = f64x2.add(a2, f64x2.mul(da, da));
        b2 = f64x2.add(b2, f64x2.mul(db, db));
        const q3 = v128.load64_splat(q, 24);
        da = f64x2.sub(q3, low);
        db = f64x2.sub(q3, high);
        a3 = f64x2.add(a3, f64x2.mul(da, da));
        b3 = f64x2.add(b3, f64x2.mul(db, db));
      }
      const query = row * PANEL;
      const last0 = entry64(lasts, query);
      const last1 = entry64(lasts, query + 1);
      const last2 = entry64(lasts, query + 2);
      const last3 = entry64(lasts, query + 3);
      if (anyWithin(a0, b0, f64x2.splat(last0), f64x2.splat(last0))) {
        noteRow(frame, counters, query, slot, a0, last0);
        noteRow(frame, counters, query, slot + 2, b0, last0);
      }
      if (anyWithin(a1, b1, f64x2.splat(last1), f64x2.splat(last1))) {
        noteRow(frame, counters, query + 1, slot, a1, last1);
        noteRow(frame, counters, query + 1, slot + 2, b1, last1);
      }
      if (anyWithin(a2, b2, f64x2.splat(last2), f64x2.splat(last2))) {
        noteRow(frame, counters, query + 2, slot, a2, last2);
        noteRow(frame, counters, query + 2, slot + 2, b2, last2);
      }
      if (anyWithin(a3, b3, f64x2.splat(last3), f64x2.splat(last3))) {
        noteRow(frame, counters, query + 3, slot, a3, last3);
        noteRow(frame, counters, query + 3, slot + 2, b3, last3);
      }
      // The other way round; within a panel all sixteen have been met.
      if (!mutual || row == column) continue;
      const lastLow = v128.load(lasts + (<usize>slot << 3));
      const lastHigh = v128.load(lasts + (<usize>slot << 3), 16);
      if (anyWithin(a0, b0, lastLow, lastHigh)) {
        noteColumn(frame, counters, slot, query, a0);
        noteColumn(frame, counters, slot + 2, query, b0);
      }
      if (anyWithin(a1, b1, lastLow, lastHigh)) {
        noteColumn(frame, counters, slot, query + 1, a1);
        noteColumn(frame, counters, slot + 2, query + 1, b1);
      }
      if (anyWithin(a2, b2, lastLow, lastHigh)) {
        noteColumn(frame, counters, slot, query + 2, a2);
        noteColumn(frame, counters, slot + 2, query + 2, b2);
      }
      if (anyWithin(a3, b3, lastLow, lastHigh)) {
        noteColumn(frame, counters, slot, query + 3, a3);
        noteColumn(frame, counters, slot + 2, query + 3, b3);
      }
    }
  }
}

/**
 * Three numbers for each of query slots `first` .. `last - 1`: the rank of its nearest match, 0 where it has none; how many matches
 * are among the R nearest, R being how many it has; and the sum over their ranks of the precision there.
 */
export function finish(frame: usize, first: i32, last: i32): void {
  const regions = <i32>word(frame, REGIONS);
  for (let query = first; query < last; query++) {
    const matches = entry32(word(frame, ENDS), query) - entry32(word(frame, STARTS), query) - <i32>word(frame, SAME);
    const offset = entry32(word(frame, OFFSETS), query);
    let nearest = 0;
    let found = 0;
    let precisions: f64 = 0;
    let rivals = 0;
    for (let place = 0; place < matches; place++) {
      for (let region = 0; region < regions; region++) {
        rivals += entry32(word(frame, COUNTERS) + <usize>region * word(frame, REGION_BYTES), offset + place);
      }
      const rank = place + 1 + rivals;
      if (place == 0) nearest = rank;
      if (rank > matches) break;
      found++;
      precisions += <f64>found / <f64>rank;
    }
    const results = word(frame, RESULTS) + <usize>query * 24;
    store<f64>(results, <f64>nearest);
    store<f64>(results, <f64>found, 8);
    store<f64>(results, precisions, 16);
  }
}
