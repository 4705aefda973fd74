/** What a trained checkpoint is for: `mdr eval`, `mdr embed` and `mdr similar`. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { EmbeddedRows } from "../embed/index.js";
import { nearestNeighbours } from "../evaluate/index.js";
import { endings, exporterFor, exportRows, type Row } from "../export/index.js";
import { type Fault, failed, listed, misused } from "../faults/index.js";
import { passedOverLines, pictureEndings, type Walked, walkPictures } from "../files/index.js";
import type { PictureSource } from "../pictures/index.js";
import { type Checkpoint, loadCheckpoint, type Settings, scoreWith } from "../runs/index.js";
import { type NamedSource, type Opened, openEverything, openFiles, type Sources } from "../store/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { recipeName } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { settingsFrom, withSettings } from "./options.js";
import { percent, print, say, table } from "./output.js";
import { barOf, embedInto, embedWith, loadSources, type Speech, viewed, withEngine } from "./session.js";

type Flags = Readonly<Record<string, unknown>>;

interface Taken {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly settings: Settings;
}

/** The checkpoint, and its settings with the flags' over them; what made the network cannot be changed. */
const openCheckpoint = (path: string, flags: Flags): E.Either<Fault, Taken> =>
  pipe(
    loadCheckpoint(path),
    E.bindTo("checkpoint"),
    E.bind("settings", ({ checkpoint }) => settingsFrom(flags, { ...checkpoint.record.settings, engine: "auto", gpuMode: "auto" })),
    E.map(({ checkpoint, settings }) => ({ path, checkpoint, settings })),
  );

const embeddingsOf = ({ path, checkpoint, settings }: Taken, pictures: PictureSource, speech: Speech): TE.TaskEither<Fault, Tensor> =>
  withEngine(settings, speech, (engine) => embedWith(engine, checkpoint, path, pictures, speech));

/** Queries, and a gallery where they have one of their own. */
const evaluated = (
  settings: Settings,
  flags: Flags,
  speech: Speech,
): TE.TaskEither<Fault, Pick<Sources, "query" | "gallery" | "close">> => {
  if (flags.all !== true) return loadSources(settings, speech);
  const bar = barOf("decoding", speech);
  return pipe(
    openEverything(viewed(settings), { onProgress: ({ done, total }) => bar.update(done, total) }),
    TE.map((all) => {
      bar.stop();
      return { query: all, close: all.close };
    }),
  );
};

const evaluate = async (path: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const taken = openCheckpoint(path, flags);
  if (E.isLeft(taken)) return taken;
  const { settings, checkpoint } = taken.right;
  const pictures = await evaluated(settings, flags, speech)();
  if (E.isLeft(pictures)) return pictures;
  const { query, gallery, close } = pictures.right;
  const queries = await embeddingsOf(taken.right, query, speech)();
  const others = gallery === undefined || E.isLeft(queries) ? queries : await embeddingsOf(taken.right, gallery, speech)();
  await close();
  if (E.isLeft(queries)) return queries;
  if (E.isLeft(others)) return others;
  const scores = scoreWith(settings)(
    { embeddings: queries.right, labels: query.labels },
    gallery === undefined ? undefined : { embeddings: others.right, labels: gallery.labels },
  );
  const about = {
    checkpoint: path,
    method: recipeName(settings),
    epoch: checkpoint.record.epoch,
    pictures: query.count,
    classes: query.names.length,
  };
  print(
    speech.quiet
      ? JSON.stringify({ ...about, scores }, null, 2)
      : `${about.method}, epoch ${about.epoch}: ${about.pictures} pictures of ${about.classes} classes\n${table(Object.entries(scores).map(([name, share]) => [name, percent(share)]))}`,
  );
  return E.right(undefined);
};

/** Picture files in a folder and below it; what was passed over is said. */
const picturesIn = (folder: string, { quiet }: Speech): E.Either<Fault, readonly string[]> =>
  E.chain(({ pictures, passedOver }: Walked): E.Either<Fault, readonly string[]> => {
    const lines = passedOverLines(passedOver);
    if (lines.length > 0 && !quiet) say(`mdr: passed over ${lines.length} in ${folder}:${listed(lines)}`);
    return pictures.length === 0
      ? E.left(failed(`no ${pictureEndings} in it or below it: give a folder of photos`, { where: folder }))
      : E.right(pictures.map((path) => join(folder, path)));
  })(walkPictures(folder));

/** Opens picture files; those that cannot be used are named and left out. */
const openPhotos = (settings: Settings, files: readonly string[], speech: Speech): TE.TaskEither<Fault, NamedSource & Opened> => {
  const bar = barOf("decoding", speech);
  return pipe(
    openFiles({ ...viewed(settings), cache: "" }, files, { onProgress: ({ done, total }) => bar.update(done, total) }),
    TE.map((photos) => {
      bar.stop();
      if (!speech.quiet) for (const warning of photos.warnings) say(`mdr: ${warning}`);
      return photos;
    }),
  );
};

const rowOf = ({ shape, data }: Tensor, row: number): readonly number[] => {
  const width = axisLength(shape, 1);
  return Array.from({ length: width }, (_, column) => at(data, row * width + column));
};

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
    E.bind("files", () => picturesIn(folder, speech)),
  );
  if (E.isLeft(ready)) return ready;
  const { taken, exporter, files } = ready.right;
  const photos = await openPhotos(taken.settings, files, speech)();
  if (E.isLeft(photos)) return photos;
  const count = await withEngine(taken.settings, speech, (engine) =>
    embedInto(engine, taken.checkpoint, path, photos.right, speech, (rows) =>
      exportRows(exporter, out)(namedRows(rows, photos.right.files)),
    ),
  )();
  await photos.right.close();
  if (E.isLeft(count)) return count;
  print(`${count.right} embeddings of ${taken.settings.embedding} numbers in ${out}`);
  return E.right(undefined);
};

const similar = async (path: string, photo: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const count = Number(flags.count ?? 10);
  if (!Number.isInteger(count) || count < 1)
    return E.left(misused("use a whole number, 1 or more", { where: `{count} ${String(flags.count)}` }));
  const ready = pipe(
    openCheckpoint(path, flags),
    E.bindTo("taken"),
    E.bind("files", () => picturesIn(folder, speech)),
  );
  if (E.isLeft(ready)) return ready;
  const { taken, files } = ready.right;
  const others = files.filter((file) => resolve(file) !== resolve(photo));
  if (others.length === 0) return E.left(failed(`no photo but ${photo} in it or below it: give a folder of photos`, { where: folder }));
  const photos = await openPhotos(taken.settings, [photo, ...others], speech)();
  if (E.isLeft(photos)) return photos;
  if (photos.right.files[0] !== photo) return E.left(failed(photos.right.warnings[0] ?? "cannot be used", { where: photo }));
  const embeddings = await embeddingsOf(taken, photos.right, speech)();
  await photos.right.close();
  if (E.isLeft(embeddings)) return embeddings;
  const width = axisLength(embeddings.right.shape, 1);
  const query: Tensor = { shape: [1, width], data: Float64Array.from(rowOf(embeddings.right, 0)) };
  const gallery: Tensor = { shape: [photos.right.count - 1, width], data: Float64Array.from(embeddings.right.data).slice(width) };
  const [nearest = new Int32Array()] = nearestNeighbours(query, gallery, { count, same: false });
  const found = Array.from(nearest, (index) => ({
    file: photos.right.files[index + 1] ?? "",
    distance: Math.hypot(...rowOf(gallery, index).map((value, column) => value - at(query.data, column))),
  }));
  print(
    speech.quiet
      ? JSON.stringify({ photo, similar: found }, null, 2)
      : table([["most similar first", "distance"], ...found.map(({ file, distance }) => [file, distance.toFixed(4)])]),
  );
  return E.right(undefined);
};

const withEngineFlags = withSettings(["engine", "gpuMode"]);

export const evalCommand = (program: Command): Command =>
  withSettings(["data", "dataset", "trainShare", "recall", "cache", "engine", "gpuMode"])(
    program
      .command("eval <checkpoint>")
      .summary("Recall@K, MAP@R and NMI of a checkpoint on the classes it never saw")
      .description("Evaluates a run's folder (its last epoch), a best.json, a last.json or a .safetensors file.")
      .option("--all", "on every class of --data, not only the half that tests")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr eval runs/demo/triplet-mdr\n  mdr eval runs/demo/triplet-mdr/best.json --json\n  mdr eval runs/demo/triplet-mdr --data photos --all\n${exitCodes}`,
    )
    .action((path: string, flags: Flags) => finish(() => evaluate(path, flags)));

export const embedCommand = (program: Command): Command =>
  withEngineFlags(
    program
      .command("embed <checkpoint> <folder>")
      .summary("embeddings of every photo in a folder")
      .description(`Embeds every ${pictureEndings} in a folder and below it.`)
      .option("--to <file>", `where to, by its ending: ${endings} [embeddings.jsonl]`),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr embed runs/demo/triplet-mdr data/generated\n  mdr embed runs/demo/triplet-mdr photos --to photos.csv\n${exitCodes}`,
    )
    .action((path: string, folder: string, flags: Flags) => finish(() => embed(path, folder, flags)));

export const similarCommand = (program: Command): Command =>
  withEngineFlags(
    program
      .command("similar <checkpoint> <photo> <folder>")
      .summary("the photos of a folder that are most like one photo")
      .description("Finds the photos in a folder and below it that are nearest to one photo in the checkpoint's embedding.")
      .option("--count <n>", "how many [10]")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr similar runs/demo/triplet-mdr my.jpg photos\n  mdr similar runs/demo/triplet-mdr my.jpg photos --count 3 --json\n${exitCodes}`,
    )
    .action((path: string, photo: string, folder: string, flags: Flags) => finish(() => similar(path, photo, folder, flags)));
