/**
 * The words through which threads talk. A binary built without the threads feature has one thread and takes plain
 * instructions for them: a browser that has no shared memory for a page need not know the atomic ones either.
 */

@inline
export function loadWord(word: usize): i32 {
  return ASC_FEATURE_THREADS ? atomic.load<i32>(word) : load<i32>(word);
}

@inline
export function storeWord(word: usize, value: i32): void {
  if (ASC_FEATURE_THREADS) atomic.store<i32>(word, value);
  else store<i32>(word, value);
}

/** Gives the value before. */
@inline
export function addToWord(word: usize, value: i32): i32 {
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(word, value);
  const before = load<i32>(word);
  store<i32>(word, before + value);
  return before;
}

/**
 * Sleeps until woken, unless the word has changed from `seen` already. JavaScript's `Atomics.wait`, not the instruction:
 * the baseline compiler of V8 11.3 (Node 20) goes wrong around memory.atomic.wait32 in a function with as many locals as
 * the barrier's, depending on how they are numbered, and threads then pass early or never.
 */
@external("env", "sleepOn")
export declare function sleepOn(word: usize, seen: i32): void;

@inline
export function wakeAll(word: usize): void {
  if (ASC_FEATURE_THREADS) atomic.notify(word, -1);
}
