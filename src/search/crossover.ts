/** From how many pictures on an approximate index answers, and its answers are then said to be so. */

/** `npm run bench -- search` measures both ways; docs/decisions.md has the figures. */
export const hnswFrom = 500_000;
