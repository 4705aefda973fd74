/** `mdr features`: what another network, in ONNX, makes of photos: vectors to train a head on. */
import { relative } from "node:path";
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { isMatrixFile } from "../arrays/index.js";
import type { EmbeddedRows } from "../embed/index.js";
import { endings, exporterFor, exportRows, type Row } from "../export/index.js";
import { type Fault, misused } from "../faults/index.js";
import { csvLine, pictureEndings, readBytes, writeWhole } from "../files/index.js";
import {
  lookFields,
  lookTable,
  type Model,
  modelRows,
  openModel,
  openRuntime,
  type Stated,
  scales,
  shownStatistics,
  statedIn,
} from "../models/index.js";
import { defaults } from "../runs/index.js";
import type { NamedSource } from "../store/index.js";
import { exitCodes, finish } from "./finish.js";
import { print, say } from "./output.js";
import { openPhotos, picturesIn, rowOf } from "./photos.js";
import { barOf, leftOutNote } from "./session.js";
import type { Flags } from "./taken.js";

/** Of a model that takes pictures of any size. */
const usualSide = 224;

/** Paths below the folder, and the class that each lies in the folder of; undefined where some lie in none. */
const labelsOf = (folder: string, files: readonly string[]): readonly (readonly [file: string, name: string])[] | undefined => {
  const labels = files.map((path) => {
    const file = relative(folder, path).replaceAll("\\", "/");
    return [file, file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ""] as const;
  });
  return labels.some(([, name]) => name === "") ? undefined : labels;
};

/** The table of labels for the vectors in `out`, beside them. */
const labelsFile = (out: string): string => out.replace(/\.[^.]*$/, ".labels.csv");

async function* shownRows(model: Model, photos: NamedSource, bar: ReturnType<typeof barOf>): AsyncGenerator<E.Either<Fault, Row>> {
  for await (const part of modelRows(model, photos, photos.count)) {
    if (E.isLeft(part)) yield part;
    else {
      const { from, to, embeddings }: EmbeddedRows = part.right;
      for (let row = 0; row < to - from; row++) yield E.right({ file: photos.files[from + row] ?? "", embedding: rowOf(embeddings, row) });
      bar.update(to, photos.count);
    }
  }
}

interface Wish {
  readonly model: string;
  readonly out: string;
  readonly side: number | undefined;
  readonly output: string | undefined;
}

const wishOf = (flags: Flags): E.Either<Fault, Wish> => {
  const { model, to = "features.npy", side, output } = flags;
  const pixels = side === undefined ? undefined : Number(side);
  if (typeof model !== "string") return E.left(misused("say with {model} which network is to look at the photos"));
  return pixels !== undefined && !(Number.isInteger(pixels) && pixels >= 8 && pixels <= 2048)
    ? E.left(misused(`${String(side)} is no whole number from 8 to 2048`, { where: "{side}" }))
    : E.right({ model, out: String(to), side: pixels, output: typeof output === "string" ? output : undefined });
};

const sideOf = ({ input: { side } }: Model, wish: Wish): E.Either<Fault, number> =>
  side !== undefined && wish.side !== undefined && side !== wish.side
    ? E.left(misused(`it takes pictures of ${side} pixels: leave it out`, { where: "{side}" }))
    : E.right(side ?? wish.side ?? usualSide);

/** What the flags say of how the network sees; undefined where they say nothing and a model that was exported here says it. */
const statedFor = (flags: Flags, bytes: Uint8Array): Stated | undefined =>
  Object.keys(lookFields).some((name) => flags[name] !== undefined) ? undefined : statedIn(bytes);

const features = (folder: string, flags: Flags): TE.TaskEither<Fault, void> => {
  const speech = { quiet: false };
  return pipe(
    TE.Do,
    TE.bind("wish", () => TE.fromEither(wishOf(flags))),
    TE.bind("look", () =>
      TE.fromEither(
        lookTable.parse(
          "command line",
          Object.fromEntries(Object.keys(lookFields).flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]))),
        ),
      ),
    ),
    TE.bind("exporter", ({ wish }) => TE.fromEither(exporterFor(wish.out))),
    TE.bind("found", () => TE.fromEither(picturesIn(folder))),
    TE.bind("bytes", ({ wish }) => TE.fromEither(readBytes(wish.model))),
    TE.let("stated", ({ bytes }) => statedFor(flags, bytes)),
    TE.bind("runtime", () => openRuntime),
    TE.bind("model", ({ runtime, wish, bytes, look }) => openModel(runtime, wish.model, bytes, { ...look, output: wish.output })),
    TE.bind("side", ({ model, wish }) => TE.fromEither(sideOf(model, wish))),
    TE.bind("photos", ({ found, side, look, stated }) =>
      openPhotos(
        { ...defaults, imageSize: side, strict: flags.strict === true },
        found,
        speech,
        stated === undefined ? scales[look.scale] : shownStatistics(stated),
      ),
    ),
    TE.bind("count", ({ exporter, wish, model, photos, runtime, side }) => async () => {
      say(`${runtime.name}; pictures of ${side} x ${side} pixels`);
      const bar = barOf("looking", speech);
      const count = await exportRows(exporter, wish.out)(shownRows(model, photos, bar))();
      bar.stop();
      await photos.close();
      await model.close();
      return count;
    }),
    TE.bind("labels", ({ wish, photos }) => {
      const labels = labelsOf(folder, photos.files);
      return labels === undefined
        ? TE.right(undefined)
        : TE.fromEither(writeWhole(labelsFile(wish.out), [["file", "class"], ...labels].map(csvLine).join("")));
    }),
    TE.chainIOK(({ count, wish, photos, labels }) => () => {
      print(`${count} vectors in ${wish.out}${labels === undefined ? "" : `, their classes in ${labels}`}${leftOutNote(photos)}`);
      if (labels !== undefined && isMatrixFile(wish.out)) say(`mdr train --features ${wish.out} --labels ${labels}`);
    }),
  );
};

const option = (name: keyof typeof lookFields): Option =>
  new Option(`--${name} <value>`, `${lookTable.explain(name)} [${lookTable.defaults[name]}]`);

export const featuresCommand = (program: Command): Command =>
  program
    .command("features <folder>")
    .summary("what another network, in ONNX, makes of every photo in a folder")
    .description(
      `Shows every ${pictureEndings} in a folder and below it to a network in an ONNX file, and writes the vectors that it makes of them, for mdr train --features.`,
    )
    .requiredOption("--model <file>", "the network: its input pictures, its output a vector of each, maps or tokens")
    .option("--to <file>", `where to, by its ending: ${endings} [features.npy]`)
    .addOption(option("scale"))
    .addOption(option("channels"))
    .option("--side <pixels>", `side of its pictures, where the file leaves it open [${usualSide}]`)
    .option("--output <name>", "which of its outputs [the first]")
    .option("--strict", "stop where a picture cannot be used")
    .addHelpText(
      "after",
      `
Needs onnxruntime-web or, faster, onnxruntime-node: npm install one of them. Of maps the mean over their places is taken, of tokens the
first. Pictures come as they do to the networks here: a square of the whole picture, of which the centre is cut out. A model of
mdr export says by itself how it wants to see a pixel.

Examples:
  mdr features photos --model mobilenet.onnx --to photos.npy
  mdr train --features photos.npy --labels photos.labels.csv --lambda 0.6 --learning-rate 1e-3
${exitCodes}`,
    )
    .action((folder: string, flags: Flags) => finish(features(folder, flags)));
