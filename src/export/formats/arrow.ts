/** Arrow's IPC file, version 2 of Feather: a column `file` of text and a column `embedding` of lists of D 32-bit floats each. */
import { Column, columnFromArray, type DataType, fixedSizeList, float32, tableFromColumns, tableToIPC, utf8 } from "@uwdata/flechette";
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "../../faults/index.js";
import { openWriter, type Writer } from "../../files/index.js";
import type { Exporter, Row, RowWriter } from "../exporter.js";

/** Numbers of a record batch. */
const heldNumbers = 1 << 18;

/** What takes bytes for a file; the first fault is the one that counts. */
const into = (writer: Writer) => {
  let written: E.Either<Fault, void> = E.right(undefined);
  const write = (bytes: Uint8Array): void => {
    if (E.isRight(written)) written = writer.write(bytes);
  };
  return { write, pad: (count: number) => write(new Uint8Array(count)), finish: () => null, written: () => written };
};

const joined = <T>(parts: readonly Column<T>[], type: DataType): Column<T> =>
  parts.length === 0 ? columnFromArray([], type) : new Column(parts.flatMap(({ data }) => data));

export const exporter: Exporter = {
  about: "Arrow's columns file and embedding",
  open: (path) =>
    E.map((writer: Writer): RowWriter => {
      let held: Row[] = [];
      let numbers = 0;
      let type = fixedSizeList(float32(), 1);
      const files: Column<string>[] = [];
      const embeddings: Column<Float32Array>[] = [];
      /** The file's end names all batches, which are written with it: until then they are held as they will be. */
      const batch = (): void => {
        if (held.length === 0) return;
        files.push(
          columnFromArray(
            held.map(({ file }) => file),
            utf8(),
          ),
        );
        embeddings.push(
          columnFromArray(
            held.map(({ embedding }) => embedding),
            type,
          ),
        );
        held = [];
        numbers = 0;
      };
      return {
        write: (row) => {
          if (files.length === 0 && held.length === 0) type = fixedSizeList(float32(), row.embedding.length);
          held.push(row);
          numbers += row.embedding.length;
          if (numbers >= heldNumbers) batch();
          return E.right(undefined);
        },
        finish: () => {
          batch();
          const sink = into(writer);
          tableToIPC(tableFromColumns({ file: joined(files, utf8()), embedding: joined(embeddings, type) }), { format: "file", sink });
          return E.chain(() => writer.finish())(sink.written());
        },
        abandon: writer.abandon,
      };
    })(openWriter(path)),
};
