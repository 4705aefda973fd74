import { fromNdarray, slice, toNdarray, unsafeTensor } from "mdr-ts";
import { right } from "./backends.js";

/** The last two columns of a matrix, by way of ndarray. */
export const corner = () => [
  ...fromNdarray(right(slice(1, 1, 3)(toNdarray(unsafeTensor([2, 3], Float64Array.of(1, 2, 3, 4, 5, 6)))))).data,
];
