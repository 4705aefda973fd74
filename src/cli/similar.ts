/** `mdr similar`: the photos of a folder that are most like one photo. */
import { resolve } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { distancesOf, nearestNeighbours } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import { readBytes } from "../files/index.js";
import { contentHash } from "../store/index.js";
import { axisLength, type Tensor } from "../tensor/index.js";
import { exitCodes, finish } from "./finish.js";
import { againstOf, limitText } from "./meaning.js";
import { countIn, withSettings } from "./options.js";
import { print, table } from "./output.js";
import { openPhotos, photoAt, picturesIn, rowOf, seesPhotos } from "./photos.js";
import { leftOutNote } from "./session.js";
import { embeddingsOf, type Flags, openCheckpoint } from "./taken.js";

/** How many copies of the photo are looked past. */
const copies = 100;

/** A hash of a file's content; undefined where it is gone meanwhile. */
const contentAt = (path: string): string | undefined =>
  pipe(
    readBytes(path),
    E.map(contentHash),
    E.getOrElseW(() => undefined),
  );

const search = async (path: string, photo: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const speech = { quiet: flags.json === true };
  const counted = countIn(flags, "count", 10);
  if (E.isLeft(counted)) return counted;
  const count = counted.right;
  const ready = pipe(
    openCheckpoint(path, flags),
    E.bindTo("taken"),
    E.tap(({ taken }) => seesPhotos(taken.settings, path)),
    E.bind("against", ({ taken }) => againstOf(taken, flags)),
    E.tap(() => photoAt(photo)),
    E.bind("found", () => picturesIn(folder)),
  );
  if (E.isLeft(ready)) return ready;
  const {
    taken,
    found: walked,
    against: { limit, only },
  } = ready.right;
  const others = walked.files.filter((file) => resolve(file) !== resolve(photo));
  if (others.length === 0) return E.left(failed(`no photo but ${photo} in it or below it: give a folder of photos`, { where: folder }));
  const photos = await openPhotos(taken.settings, { ...walked, files: [photo, ...others] }, speech)();
  if (E.isLeft(photos)) return photos;
  const { leftOut } = photos.right;
  if (photos.right.files[0] !== photo)
    return E.left(failed(leftOut.find(({ path }) => path === photo)?.why ?? "cannot be used", { where: photo }));
  const embeddings = await embeddingsOf(taken, photos.right, speech)();
  await photos.right.close();
  if (E.isLeft(embeddings)) return embeddings;
  const width = axisLength(embeddings.right.shape, 1);
  const query: Tensor = { shape: [1, width], data: Float64Array.from(rowOf(embeddings.right, 0)) };
  const gallery: Tensor = { shape: [photos.right.count - 1, width], data: Float64Array.from(embeddings.right.data).slice(width) };
  const [found = new Int32Array()] = nearestNeighbours(query, gallery, { count: count + copies, same: false });
  const asked = contentAt(photo);
  // The photo by another path, or a copy of it, is as near as can be and no news.
  const nearest = Array.from(found)
    .filter((index) => contentAt(photos.right.files[index + 1] ?? "") !== asked)
    .slice(0, count);
  const distances = distancesOf(
    embeddings.right,
    0,
    nearest.map((index) => index + 1),
  );
  const similar = nearest
    .map((index, place) => {
      const distance = distances[place] ?? Number.NaN;
      return { file: photos.right.files[index + 1] ?? "", distance, ...(limit === undefined ? {} : { within: distance < limit.distance }) };
    })
    .filter(({ within }) => !only || within === true);
  const answer = { photo, ...(limit === undefined ? {} : { limit }), similar, ...(leftOut.length === 0 ? {} : { leftOut }) };
  print(
    speech.quiet
      ? JSON.stringify(answer, null, 2)
      : [
          table([
            ["most similar first", "distance", ...(limit === undefined || only ? [] : ["within"])],
            ...similar.map(({ file, distance, within }) => [
              file,
              distance.toFixed(4),
              ...(within === undefined || only ? [] : [within ? "yes" : "no"]),
            ]),
          ]),
          ...(limit === undefined ? [] : [limitText(limit)]),
          ...(leftOut.length === 0 ? [] : [leftOutNote(photos.right).replace("; ", "")]),
        ].join("\n"),
  );
  return E.right(undefined);
};

export const similarCommand = (program: Command): Command =>
  withSettings(["strict", "maxPixels", "engine", "gpuMode"])(
    program
      .command("similar <checkpoint> <photo> <folder>")
      .summary("the photos of a folder that are most like one photo")
      .description("Finds the photos in a folder and below it that are nearest to one photo in the checkpoint's embedding.")
      .option("--count <n>", "how many [10]")
      .option("--under <distance>", "only what is nearer than this")
      .option("--false-matches <rate>", "only what is within the run's threshold for this share of false matches, such as 0.01")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr similar runs/demo/triplet-mdr my.jpg photos\n  mdr similar runs/demo/triplet-mdr my.jpg photos --count 3 --json\n  mdr similar runs/demo/triplet-mdr my.jpg photos --false-matches 0.001\n${exitCodes}`,
    )
    .action((path: string, photo: string, folder: string, flags: Flags) => finish(() => search(path, photo, folder, flags)));
