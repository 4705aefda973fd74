/**
 * A worker has a cell for as long as it is heard: its lease is renewed while the child computes. One that cannot be renewed is another's soon,
 * and two must not write into one folder: so whoever held it stops of its own accord before it runs out, and is killed where that is too slow.
 */

/** What is to become of a child whose lease was last renewed so long ago. */
export type Verdict = "goes on" | "stops" | "is killed";

/** As shares of the lease. */
const [stopping, killing] = [0.75, 0.95] as const;

/** Renewals come four times within a lease. */
export const renewals = 4;

/** By the milliseconds since the last renewal, of a lease of so many milliseconds. */
export const verdictOf = (since: number, lease: number): Verdict =>
  since >= killing * lease ? "is killed" : since >= stopping * lease ? "stops" : "goes on";
