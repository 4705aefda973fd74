/** NumPy's format: a matrix [N, D] of 32-bit floats, a row a picture. It has no place for the paths. */
import * as E from "fp-ts/lib/Either.js";
import { npyHeader } from "../../arrays/index.js";
import { openWriter, type Writer } from "../../files/index.js";
import { encodeNumbers } from "../../weights/index.js";
import type { Exporter, RowWriter } from "../exporter.js";

export const exporter: Exporter = {
  about: "NumPy's matrix of 32-bit floats, without the paths",
  open: (path) =>
    E.map((writer: Writer): RowWriter => {
      let rows = 0;
      let columns = 0;
      return {
        write: ({ embedding }) => {
          rows += 1;
          columns = embedding.length;
          return writer.write(encodeNumbers(embedding, "F32"));
        },
        // The header holds the count: it can be written last only, and the writer puts it first.
        finish: () => writer.finish(npyHeader(rows, columns)),
        abandon: writer.abandon,
      };
    })(openWriter(path)),
};
