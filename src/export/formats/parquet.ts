/** Parquet: a column `file` of text and a column `embedding` of lists of 32-bit floats, which no codec makes smaller. */
import * as E from "fp-ts/lib/Either.js";
import { ByteWriter, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Fault } from "../../faults/index.js";
import { openWriter, type Writer } from "../../files/index.js";
import type { Exporter, Row, RowWriter } from "../exporter.js";

const schema: SchemaElement[] = [
  { name: "root", num_children: 2 },
  { name: "file", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "embedding", converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
];

/** Numbers of a row group: what is held before it is written. */
const heldNumbers = 1 << 18;

export const exporter: Exporter = {
  about: "Parquet's columns file and embedding",
  open: (path) =>
    E.map((writer: Writer): RowWriter => {
      const bytes = new ByteWriter();
      const parquet = new ParquetWriter({ writer: bytes, schema, createdBy: "mdr" });
      let held: Row[] = [];
      let numbers = 0;
      /** What has been encoded goes to the file; the encoder counts on from where it was. */
      const handOver = (): E.Either<Fault, void> => {
        const done = bytes.getBytes().slice();
        bytes.index = 0;
        return writer.write(done);
      };
      const group = (): E.Either<Fault, void> => {
        if (held.length === 0) return E.right(undefined);
        parquet.write({
          columnData: [
            { name: "file", data: held.map(({ file }) => file) },
            { name: "embedding", data: held.map(({ embedding }) => Array.from(embedding)), encoding: "PLAIN", codec: "UNCOMPRESSED" },
          ],
          rowGroupSize: held.length,
        });
        held = [];
        numbers = 0;
        return handOver();
      };
      return {
        write: (row) => {
          held.push(row);
          numbers += row.embedding.length;
          return numbers < heldNumbers ? E.right(undefined) : group();
        },
        finish: () =>
          E.chain(() => {
            parquet.finish();
            return E.chain(() => writer.finish())(handOver());
          })(group()),
        abandon: writer.abandon,
      };
    })(openWriter(path)),
};
