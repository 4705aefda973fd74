/**
 * TensorFlow's Embedding Projector: vectors with tabs between their numbers, and beside them, in NAME.metadata.tsv, the path of each
 * and the folder that it lies in, under a header.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../../faults/index.js";
import type { Exporter, RowWriter } from "../exporter.js";
import { lineExporter } from "../lines.js";

const vectors = lineExporter({ about: "vectors", line: ({ embedding }) => Array.from(embedding).join("\t") });

/** A tab or a line break would begin another column or row. */
const cell = (text: string): string => text.replace(/[\t\r\n]/g, " ");

const folderOf = (file: string): string => file.split(/[\\/]/).at(-2) ?? "";

const metadata = lineExporter({
  about: "paths",
  head: () => "file\tclass",
  line: ({ file }) => `${cell(file)}\t${cell(folderOf(file))}`,
});

/** The file of the paths for that of the vectors. */
const metadataFile = (path: string): string => path.replace(/\.tsv$/i, ".metadata.tsv");

/** After a fault of one of the two nothing is left of the other. */
const both =
  (one: RowWriter, other: RowWriter) =>
  <A, B>(first: () => E.Either<Fault, A>, second: () => E.Either<Fault, B>): E.Either<Fault, B> =>
    pipe(
      first(),
      E.mapLeft((fault) => {
        other.abandon();
        return fault;
      }),
      E.chain(() =>
        E.mapLeft((fault: Fault) => {
          one.abandon();
          return fault;
        })(second()),
      ),
    );

export const exporter: Exporter = {
  about: "the Embedding Projector's two files",
  open: (path) =>
    pipe(
      vectors.open(path),
      E.chain((numbers) =>
        pipe(
          metadata.open(metadataFile(path)),
          E.bimap(
            (fault) => {
              numbers.abandon();
              return fault;
            },
            (paths): RowWriter => ({
              write: (row) =>
                both(numbers, paths)(
                  () => numbers.write(row),
                  () => paths.write(row),
                ),
              finish: () => both(paths, numbers)(paths.finish, numbers.finish),
              abandon: () => {
                numbers.abandon();
                paths.abandon();
              },
            }),
          ),
        ),
      ),
    ),
};
