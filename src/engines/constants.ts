/** The constants of a program: masks of [N, N] entries that several formulas ask for are kept once. */

const hashOf = (bits: Int32Array): number => bits.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193), 0x811c9dc5 ^ bits.length);

const sameBits = (a: Int32Array, b: Int32Array): boolean => a.length === b.length && a.every((word, index) => word === b[index]);

interface Known<A> {
  readonly bits: Int32Array;
  readonly made: A;
}

/**
 * Remembers what was made of each run of numbers, and gives it again for the same numbers. The same means bit for bit:
 * 0 and -0 are two constants, and so are two NaNs of different bits. Shapes do not matter: a tensor says its own.
 */
export const oncePerNumbers = <A>(): ((numbers: Float32Array, make: () => A) => A) => {
  const known = new Map<number, readonly Known<A>[]>();
  return (numbers, make) => {
    const bits = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length);
    const hash = hashOf(bits);
    const alike = known.get(hash) ?? [];
    const before = alike.find((other) => sameBits(other.bits, bits));
    if (before !== undefined) return before.made;
    const made = make();
    known.set(hash, [...alike, { bits, made }]);
    return made;
  };
};
