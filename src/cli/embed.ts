/** `mdr embed`: the embeddings of a folder of photos, into a file. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { matrixEndings } from "../arrays/index.js";
import type { EmbeddedRows } from "../embed/index.js";
import { endings, exporterFor, exportRows, type Row } from "../export/index.js";
import type { Fault } from "../faults/index.js";
import { pictureEndings } from "../files/index.js";
import { exitCodes, finish } from "./finish.js";
import { withSettings } from "./options.js";
import { print } from "./output.js";
import { openEmbeddable, rowOf } from "./photos.js";
import { embedInto, leftOutNote, withEngine } from "./session.js";
import { type Flags, openCheckpoint } from "./taken.js";

async function* namedRows(
  parts: AsyncIterable<E.Either<Fault, EmbeddedRows>>,
  files: readonly string[],
): AsyncGenerator<E.Either<Fault, Row>> {
  for await (const part of parts) {
    if (E.isLeft(part)) yield part;
    else {
      const { from, to, embeddings } = part.right;
      for (let row = 0; row < to - from; row++) yield E.right({ file: files[from + row] ?? "", embedding: rowOf(embeddings, row) });
    }
  }
}

const embed = async (path: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const out = typeof flags.to === "string" ? flags.to : "embeddings.jsonl";
  const speech = { quiet: false };
  const ready = pipe(
    openCheckpoint(path, flags),
    E.bindTo("taken"),
    E.bind("exporter", () => exporterFor(out)),
  );
  if (E.isLeft(ready)) return ready;
  const { taken, exporter } = ready.right;
  const photos = await openEmbeddable(taken.settings, folder, speech, typeof flags.labels === "string" ? flags.labels : undefined)();
  if (E.isLeft(photos)) return photos;
  const count = await withEngine(taken.settings, speech, (engine) =>
    embedInto(engine, taken.checkpoint, path, photos.right, speech, (rows) =>
      exportRows(exporter, out)(namedRows(rows, photos.right.files)),
    ),
  )();
  await photos.right.close();
  if (E.isLeft(count)) return count;
  print(`${count.right} embeddings of ${taken.settings.embedding} numbers in ${out}${leftOutNote(photos.right)}`);
  return E.right(undefined);
};

export const embedCommand = (program: Command): Command =>
  withSettings(["strict", "maxPixels", "engine", "gpuMode"])(
    program
      .command("embed <checkpoint> <folder>")
      .summary("embeddings of every photo in a folder, or of the vectors in a file")
      .description(`Embeds every ${pictureEndings} in a folder and below it; for a run over vectors, those of a file (${matrixEndings}).`)
      .option("--labels <file>", "what vectors are to be called: a table with a line each, the column file their names [their numbers]")
      .option("--to <file>", `where to, by its ending: ${endings} [embeddings.jsonl]`),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr embed runs/demo/triplet-mdr data/generated\n  mdr embed runs/demo/triplet-mdr photos --to photos.csv\n  mdr embed runs/head vectors.npy --labels labels.csv\n${exitCodes}`,
    )
    .action((path: string, folder: string, flags: Flags) => finish(() => embed(path, folder, flags)));
