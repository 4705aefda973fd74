/**
 * Which of many 64-bit looks differ in few bits, exactly and without comparing each two: multi-index hashing (Norouzi, Punjani and Fleet
 * 2012). Of four parts of 16 bits, one differs in a quarter of the bits at most, and is looked up.
 */

const parts = 4;
const values = 1 << 16;

/** Bits of a part that may differ, up to `most` of them: each as a mask. */
const masksUpTo = (most: number): readonly number[] => {
  let last: readonly number[] = [0];
  const all = [...last];
  for (let bits = 1; bits <= most; bits++) {
    // Only above the highest bit that is set, so that each mask comes once.
    last = last.flatMap((mask) => Array.from({ length: 16 }, (_, bit) => 1 << bit).flatMap((bit) => (bit > mask ? [mask | bit] : [])));
    all.push(...last);
  }
  return all;
};

const bitsIn = Uint8Array.from({ length: values }, (_, value) => {
  let bits = 0;
  for (let rest = value; rest > 0; rest &= rest - 1) bits += 1;
  return bits;
});

/** Looks by one of their parts: those of value v are `order[starts[v]]` up to `order[starts[v + 1]]`. */
interface Shelf {
  readonly own: Uint16Array;
  readonly starts: Int32Array;
  readonly order: Int32Array;
}

const shelfOf = (looks: readonly bigint[], part: number): Shelf => {
  const own = Uint16Array.from(looks, (look) => Number((look >> BigInt(16 * part)) & 0xffffn));
  const starts = new Int32Array(values + 1);
  for (const value of own) starts[value + 1] = (starts[value + 1] as number) + 1;
  for (let value = 0; value < values; value++) starts[value + 1] = (starts[value + 1] as number) + (starts[value] as number);
  const places = starts.slice();
  const order = new Int32Array(looks.length);
  for (const [index, value] of own.entries()) {
    const place = places[value] as number;
    order[place] = index;
    places[value] = place + 1;
  }
  return { own, starts, order };
};

/** Numbers that belong together, by the lowest of them. */
const union = (count: number) => {
  const above = Int32Array.from({ length: count }, (_, index) => index);
  const lowest = (index: number): number => {
    let at = index;
    while (above[at] !== at) {
      above[at] = above[above[at] as number] as number;
      at = above[at] as number;
    }
    return at;
  };
  const join = (a: number, b: number): void => {
    const [x, y] = [lowest(a), lowest(b)];
    above[Math.max(x, y)] = Math.min(x, y);
  };
  return { lowest, join };
};

/** Groups of equal keys, in the order in which they first come. */
const together = (keys: readonly (bigint | number)[]): readonly (readonly number[])[] => {
  const groups = new Map<bigint | number, number[]>();
  for (const [index, key] of keys.entries()) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return [...groups.values()];
};

const joined = (looks: readonly bigint[], radius: number): readonly (readonly number[])[] => {
  const { lowest, join } = union(looks.length);
  const shelves = Array.from({ length: parts }, (_, part) => shelfOf(looks, part));
  const masks = masksUpTo(Math.floor(radius / parts));
  const differ = (a: number, b: number): number =>
    shelves.reduce((bits, { own }) => bits + (bitsIn[(own[a] as number) ^ (own[b] as number)] as number), 0);
  for (let index = 0; index < looks.length; index++)
    for (const { own, starts, order } of shelves)
      for (const mask of masks) {
        const value = (own[index] as number) ^ mask;
        for (let place = starts[value] as number; place < (starts[value + 1] as number); place++) {
          const other = order[place] as number;
          if (other > index && differ(index, other) <= radius) join(index, other);
        }
      }
  return together(Array.from(looks, (_, index) => lowest(index)));
};

/**
 * Groups of two looks or more that chains of at most `radius` differing bits join, as indices in rising order. `radius` is a whole number,
 * 0 or more; beyond 20 it costs more than comparing each two.
 *
 * @example
 * import { alikeLooks } from "mdr-ts";
 * alikeLooks([0b0000n, 0b0111n, 0xffffn, 0b0011n], 2); // => [[0, 1, 3]]
 */
export const alikeLooks = (looks: readonly bigint[], radius: number): readonly (readonly number[])[] => {
  // Of equal looks, of which there may be as many as pictures, one stands for all.
  const equal = together(looks);
  const groups = joined(
    equal.map(([first = 0]) => looks[first] ?? 0n),
    radius,
  );
  return groups
    .map((group) => group.flatMap((one) => equal[one] ?? []).toSorted((a, b) => a - b))
    .filter(({ length }) => length > 1)
    .toSorted(([a = 0], [b = 0]) => a - b);
};
