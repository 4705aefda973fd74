/** What a decoder throws when there is no memory for an array, told apart from what it throws over damaged data. */

/** In words; undefined where it was thrown for another reason. The words matched are V8's. */
export const outOfMemory = (thrown: unknown): string | undefined =>
  thrown instanceof RangeError && /alloc|array length/i.test(thrown.message) ? "there is not enough memory here to decode it" : undefined;
