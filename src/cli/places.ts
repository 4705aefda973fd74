/** How commands name a cell of a grid. */
import type { Cell } from "../experiments/index.js";

/** Its row, where on the axis, and its seed. */
export const placeOf = ({ row, at, seed }: Pick<Cell, "row" | "at" | "seed">): string =>
  `${row}${at === undefined ? "" : `, ${at}`}, seed ${seed}`;

/** How long is left, to be said after something else; nothing where that is not known. */
export const leftText = (seconds: number | undefined): string =>
  seconds === undefined || seconds === 0
    ? ""
    : seconds < 90
      ? `, about ${seconds.toFixed(0)} s left`
      : seconds < 5400
        ? `, about ${(seconds / 60).toFixed(0)} min left`
        : `, about ${(seconds / 3600).toFixed(1)} h left`;
