/** What a file of vectors holds, and what a format is. */
import type * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";

/** Vectors of one length, a row each. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows, columns], row-major. */
  readonly data: Float32Array | Float64Array;
  /** What the rows are of, where the file says it. */
  readonly names?: readonly string[];
}

export interface MatrixFormat {
  /** What it is, for a fault that lists the formats. */
  readonly about: string;
  /** Reads the bytes of the file at `path`, which faults name. */
  readonly decode: (path: string, bytes: Uint8Array) => E.Either<Fault, Matrix>;
}

export const rowOf = ({ columns, data }: Matrix, row: number): Float32Array | Float64Array =>
  data.subarray(row * columns, (row + 1) * columns);
