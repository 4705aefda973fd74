/** A file of vectors, by its ending. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { readBytes } from "../files/index.js";
import { csv } from "./csv.js";
import type { Matrix, MatrixFormat } from "./matrix.js";
import { npy } from "./npy.js";
import { safetensors } from "./safetensors.js";

const formats: Readonly<Record<string, MatrixFormat>> = { npy, safetensors, csv };

/** For help and faults: ".npy (NumPy's format), .." */
export const matrixEndings = Object.entries(formats)
  .map(([ending, { about }]) => `.${ending} (${about})`)
  .join(", ");

const endingOf = (path: string): string => /\.([a-z]+)$/.exec(path)?.[1] ?? "";

/** Whether a file of this name would be read: more formats are written than are read. */
export const isMatrixFile = (path: string): boolean => endingOf(path) in formats;

const formatOf = (path: string): E.Either<Fault, MatrixFormat> => {
  const format = formats[endingOf(path)];
  return format === undefined ? E.left(misused(`give a file of vectors that ends in ${matrixEndings}`, { where: path })) : E.right(format);
};

/** At least one vector of at least one number each. */
export const readMatrix = (path: string): E.Either<Fault, Matrix> =>
  pipe(
    formatOf(path),
    E.bindTo("format"),
    E.bind("bytes", () => readBytes(path)),
    E.chain(({ format, bytes }) => format.decode(path, bytes)),
    E.filterOrElse(
      ({ rows, columns }) => rows > 0 && columns > 0,
      ({ rows, columns }) => failed(`holds no vector: ${rows} rows of ${columns} numbers`, { where: path }),
    ),
  );
