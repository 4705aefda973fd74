/** What an exporter is: a format that embeddings are written in, a row at a time. */
import type * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../faults/index.js";

/** The embedding of one picture. */
export interface Row {
  /** The picture's path, as the user gave it. */
  readonly file: string;
  readonly embedding: ArrayLike<number>;
}

/** After a fault nothing half is left at the path, and what stood there before still does. */
export interface RowWriter {
  readonly write: (row: Row) => E.Either<Fault, void>;
  /** The file, whole and in its place. */
  readonly finish: () => E.Either<Fault, string>;
  /** Leaves everything as it was before. */
  readonly abandon: () => void;
}

/** A format of embeddings, by the ending of the file. */
export interface Exporter {
  /** What it writes, for `--help`. */
  readonly about: string;
  /** Opens the file that rows go to as they come. All rows have the same length. */
  readonly open: (path: string) => E.Either<Fault, RowWriter>;
}
