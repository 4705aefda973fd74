/** What a trained checkpoint is for: `mdr eval`, `mdr embed` and `mdr similar`. */
import { resolve } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { nearestNeighbours } from "../evaluate/index.js";
import { endings, exporterFor, exportRows } from "../export/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { type Checkpoint, loadCheckpoint } from "../runs/index.js";
import { openFiles, openPictures, openSplit, type Pictures, picturesBelow } from "../store/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import type { Settings } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { settingsFrom, withSettings } from "./options.js";
import { percent, print, progress, say, table } from "./output.js";
import { embedWith, scoreWith, withEngine } from "./session.js";

type Flags = Readonly<Record<string, unknown>>;

interface Opened {
  readonly checkpoint: Checkpoint;
  readonly settings: Settings;
}

/** The checkpoint, and its settings with the flags' over them; what made the network cannot be changed. */
const openCheckpoint = (path: string, flags: Flags): E.Either<Fault, Opened> =>
  E.chain(
    (checkpoint: Checkpoint): E.Either<Fault, Opened> =>
      E.map((settings: Settings): Opened => ({ checkpoint, settings }))(
        settingsFrom(flags, { ...checkpoint.record.settings, engine: "auto", gpuMode: "auto" }),
      ),
  )(loadCheckpoint(path));

const embeddingsOf = (
  path: string,
  { checkpoint, settings }: Opened,
  pictures: Pictures,
  quiet: boolean,
): Promise<E.Either<Fault, Tensor>> =>
  withEngine(settings, { quiet }, (engine) => embedWith(engine, checkpoint, path, pictures, { quiet }))();

const evaluate = async (path: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const json = flags.json === true;
  const opened = openCheckpoint(path, flags);
  if (E.isLeft(opened)) return opened;
  const { settings, checkpoint } = opened.right;
  const bar = json ? { update: () => {}, stop: () => {} } : progress("decoding");
  const pictures =
    flags.all === true
      ? await openPictures(settings, bar.update)()
      : E.map(({ test }: { readonly test: Pictures }) => test)(await openSplit(settings, bar.update)());
  bar.stop();
  if (E.isLeft(pictures)) return pictures;
  const embeddings = await embeddingsOf(path, opened.right, pictures.right, json);
  if (E.isLeft(embeddings)) return embeddings;
  const scores = scoreWith(settings)(embeddings.right, pictures.right.labels);
  const about = {
    checkpoint: path,
    method: settings.method,
    epoch: checkpoint.record.epoch,
    pictures: pictures.right.count,
    classes: pictures.right.classes,
  };
  print(
    json
      ? JSON.stringify({ ...about, scores }, null, 2)
      : `${settings.method}, epoch ${about.epoch}: ${about.pictures} pictures of ${about.classes} classes\n${table(Object.entries(scores).map(([name, share]) => [name, percent(share)]))}`,
  );
  return E.right(undefined);
};

const rowOf = (embeddings: Tensor, row: number): readonly number[] => {
  const width = axisLength(embeddings.shape, 1);
  return Array.from({ length: width }, (_, column) => at(embeddings.data, row * width + column));
};

const embed = async (path: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const opened = openCheckpoint(path, flags);
  if (E.isLeft(opened)) return opened;
  const out = typeof flags.to === "string" ? flags.to : "embeddings.jsonl";
  const exporter = exporterFor(out);
  if (E.isLeft(exporter)) return exporter;
  const pictures = openFiles(opened.right.settings, picturesBelow(folder), progress("decoding"));
  if (E.isLeft(pictures)) return pictures;
  for (const warning of pictures.right.warnings) say(`mdr: ${warning}`);
  const embeddings = await embeddingsOf(path, opened.right, pictures.right, false);
  if (E.isLeft(embeddings)) return embeddings;
  const rows = pictures.right.files.map((file, row) => E.right({ file, embedding: rowOf(embeddings.right, row) }));
  const written = await exportRows(exporter.right, out)(rows)();
  if (E.isLeft(written)) return written;
  print(`${written.right} embeddings of ${axisLength(embeddings.right.shape, 1)} numbers in ${out}`);
  return E.right(undefined);
};

const similar = async (path: string, photo: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const json = flags.json === true;
  const count = Number(flags.count ?? 10);
  if (!Number.isInteger(count) || count < 1) return E.left(misused(`--count ${String(flags.count)}: use a whole number, 1 or more`));
  const opened = openCheckpoint(path, flags);
  if (E.isLeft(opened)) return opened;
  const others = picturesBelow(folder).filter((file) => resolve(file) !== resolve(photo));
  if (others.length === 0) return E.left(failed(`${folder}: no .jpg, .jpeg or .png in it or below it: give a folder of photos`));
  const bar = json ? { update: () => {}, stop: () => {} } : progress("decoding");
  const pictures = openFiles(opened.right.settings, [photo, ...others], bar);
  if (E.isLeft(pictures)) return pictures;
  if (pictures.right.files[0] !== photo) return E.left(failed(pictures.right.warnings[0] ?? `${photo}: cannot be used`));
  if (!json) for (const warning of pictures.right.warnings) say(`mdr: ${warning}`);
  const embeddings = await embeddingsOf(path, opened.right, pictures.right, json);
  if (E.isLeft(embeddings)) return embeddings;
  const width = axisLength(embeddings.right.shape, 1);
  const query: Tensor = { shape: [1, width], data: Float64Array.from(rowOf(embeddings.right, 0)) };
  const gallery: Tensor = { shape: [pictures.right.count - 1, width], data: Float64Array.from(embeddings.right.data).slice(width) };
  const [nearest = new Int32Array()] = nearestNeighbours(query, gallery, { count, same: false });
  const found = Array.from(nearest, (index) => ({
    file: pictures.right.files[index + 1] ?? "",
    distance: Math.hypot(...rowOf(gallery, index).map((value, column) => value - at(query.data, column))),
  }));
  print(
    json
      ? JSON.stringify({ photo, similar: found }, null, 2)
      : table([["most similar first", "distance"], ...found.map(({ file, distance }) => [file, distance.toFixed(4)])]),
  );
  return E.right(undefined);
};

const withEngineFlags = withSettings(["engine", "gpuMode"]);

export const evalCommand = (program: Command): Command =>
  withSettings(["data", "trainShare", "recall", "cache", "engine", "gpuMode"])(
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
      .description("Embeds every .jpg, .jpeg and .png in a folder and below it.")
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
