/** Safetensors: one tensor `embeddings` [N, D] of 32-bit floats; the metadata's `files` is a JSON list of the N paths. */
import * as E from "fp-ts/lib/Either.js";
import { openWriter, type Writer } from "../../files/index.js";
import { encodeHeader, encodeNumbers } from "../../weights/index.js";
import type { Exporter, RowWriter } from "../exporter.js";

export const exporter: Exporter = {
  about: "one tensor of 32-bit floats",
  open: (path) =>
    E.map((writer: Writer): RowWriter => {
      const files: string[] = [];
      let width = 0;
      return {
        write: ({ file, embedding }) => {
          files.push(file);
          width = embedding.length;
          return writer.write(encodeNumbers(embedding, "F32"));
        },
        // The header holds the count and every path, so it can be written last only; the writer puts it first.
        finish: () => writer.finish(encodeHeader({ embeddings: [files.length, width] }, { files: JSON.stringify(files) }, "F32")),
        abandon: writer.abandon,
      };
    })(openWriter(path)),
};
