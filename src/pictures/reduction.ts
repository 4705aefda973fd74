/** How much smaller a large picture is decoded that is to become a small square. */
import { largePixels, reducedSides } from "./limits.js";

/** How many pixels across and down become one. */
export type Reduction = 1 | 2 | 4 | 8;

/** A side after a reduction. */
export const reducedSide = (side: number, reduction: Reduction): number => Math.ceil(side / reduction);

/** What a picture may be reduced by that becomes a square of this side: nothing where it is not large. */
export const reductionOf = ({ width, height }: { readonly width: number; readonly height: number }, side: number): Reduction =>
  width * height <= largePixels
    ? 1
    : (([8, 4, 2] as const).find((reduction) => Math.floor(Math.min(width, height) / reduction) >= reducedSides * side) ?? 1);
