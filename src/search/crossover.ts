/**
 * From how many pictures on an approximate index answers, and its answers are then said to be so: where a search from the command line,
 * opening included, takes as long either way. `npm run bench -- search` measures both; docs/decisions.md has the figures.
 */
export const hnswFrom = 300_000;
