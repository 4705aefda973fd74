/** Formats of text with a line a row. */
import * as E from "fp-ts/lib/Either.js";
import { openWriter, type Writer } from "../files/index.js";
import type { Exporter, Row, RowWriter } from "./exporter.js";

/** A format that is a line a row. */
export interface LineFormat {
  readonly about: string;
  /** The line before the first row, from the length of that row's embedding. */
  readonly head?: (width: number) => string;
  readonly line: (row: Row) => string;
}

/** Lines are handed to the system this many characters at a time. */
const heldCharacters = 1 << 16;

const utf8 = new TextEncoder();

/** An exporter of one line a row. */
export const lineExporter = ({ about, head, line }: LineFormat): Exporter => ({
  about,
  open: (path) =>
    E.map((writer: Writer): RowWriter => {
      let held = "";
      let begun = false;
      const handOver = (): ReturnType<Writer["write"]> => {
        const text = held;
        held = "";
        return text === "" ? E.right(undefined) : writer.write(utf8.encode(text));
      };
      return {
        write: (row) => {
          if (!begun && head !== undefined) held += `${head(row.embedding.length)}\n`;
          begun = true;
          held += `${line(row)}\n`;
          return held.length < heldCharacters ? E.right(undefined) : handOver();
        },
        finish: () => E.chain(() => writer.finish())(handOver()),
        abandon: writer.abandon,
      };
    })(openWriter(path)),
});
