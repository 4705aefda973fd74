/** `mdr search`: the photos of an index that are most like one photo, or several. */
import { statSync } from "node:fs";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { readBytes, writeWhole } from "../files/index.js";
import { tooLarge } from "../pictures/index.js";
import { aimOf, type Found, type Index, networkOfIndex, openIndex, openPhotoEmbedder, type PhotoEmbedder } from "../search/index.js";
import { suggestion } from "../settings/index.js";
import { contentHash } from "../store/index.js";
import { exitCodes, finish } from "./finish.js";
import { againstOfIndex, limitText } from "./meaning.js";
import { countIn, givenSettings, withSettings } from "./options.js";
import { print, say, table } from "./output.js";
import { photoAt } from "./photos.js";
import { note } from "./session.js";
import { contactPage, type Shown } from "./sheet.js";
import type { Flags } from "./taken.js";

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

interface Wish {
  readonly places: readonly string[];
  readonly likes: readonly string[];
  readonly unlikes: readonly string[];
  readonly count: number;
  readonly label: string | undefined;
}

const wishOf = (place: string, photos: readonly string[], flags: Flags): E.Either<Fault, Wish> =>
  pipe(
    countIn(flags, "count", 10),
    E.map((count) => ({
      places: [place, ...((flags.db as readonly string[] | undefined) ?? [])],
      likes: photos,
      unlikes: (flags.not as readonly string[] | undefined) ?? [],
      count,
      label: typeof flags.class === "string" ? flags.class.normalize("NFC") : undefined,
    })),
  );

interface Photo {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly digest: string;
}

const photoOf =
  (maxPixels: number | undefined) =>
  (path: string): E.Either<Fault, Photo> =>
    pipe(
      photoAt(path),
      E.chain(() => {
        const large = tooLarge(path, statSync(path, { throwIfNoEntry: false })?.size ?? 0, maxPixels);
        return large === undefined ? readBytes(path) : E.left(large);
      }),
      E.map((bytes) => ({ path, bytes, digest: contentHash(bytes) })),
    );

/** The embeddings of photos: from the index where it has their contents, else by its network, which is opened only then. */
const embeddingsOf = async (
  index: Index,
  photos: readonly Photo[],
  open: () => Promise<E.Either<Fault, PhotoEmbedder>>,
): Promise<E.Either<Fault, readonly Float32Array[]>> => {
  let embedder: PhotoEmbedder | undefined;
  const found: Float32Array[] = [];
  try {
    for (const { path, bytes, digest } of photos) {
      const there = await index.entryLike(digest)();
      if (E.isRight(there) && there.right !== undefined) {
        found.push(there.right.embedding);
        continue;
      }
      if (embedder === undefined) {
        const opened = await open();
        if (E.isLeft(opened)) return opened;
        embedder = opened.right;
      }
      const made = await embedder.embed(bytes, path)();
      if (E.isLeft(made)) return made;
      found.push(made.right);
    }
    return E.right(found);
  } finally {
    await embedder?.close();
  }
};

/** The same, without the photos that were asked with: they are nearest to themselves. */
const others = ({ matches, ...found }: Found, photos: readonly Photo[], count: number): Found => {
  const asked = new Set(photos.map(({ digest }) => digest));
  return { ...found, matches: matches.filter(({ digest }) => !asked.has(digest)).slice(0, count) };
};

/** A class of which nothing is there has been spelt otherwise, more likely than not. */
const classThere = async (index: Index, label: string): Promise<E.Either<Fault, void>> => {
  const labels = await index.labels()();
  if (E.isLeft(labels)) return labels;
  const names = labels.right.map((one) => one.label);
  return names.includes(label) || names.length === 0
    ? E.right(undefined)
    : E.left(misused("the index has no photo of this class", { where: `{class} ${label}`, remedy: suggestion(label, names) }));
};

/** How many copies of the photos asked with are looked past. */
const copies = 100;

const partial = (missing: readonly Fault[]): Fault =>
  failed(`a part of the index gave no answer, and this is what the rest has:${missing.map(({ message }) => `\n  ${message}`).join("")}`);

const answer = async (index: Index, wish: Wish, flags: Flags): Promise<E.Either<Fault, void>> => {
  const given = givenSettings(flags);
  if (E.isLeft(given)) return given;
  const maxPixels = given.right.maxPixels as number | undefined;
  const run = typeof flags.run === "string" ? flags.run : undefined;
  const network = networkOfIndex(index.about, run);
  const against = againstOfIndex(network, run !== undefined, flags);
  if (E.isLeft(against)) return against;
  const { limit, only } = against.right;
  const there = wish.label === undefined ? E.right(undefined) : await classThere(index, wish.label);
  if (E.isLeft(there)) return there;
  const photos = pipe([...wish.likes, ...wish.unlikes], E.traverseArray(photoOf(maxPixels)));
  if (E.isLeft(photos)) return photos;
  const quiet = flags.json === true;
  const embeddings = await embeddingsOf(index, photos.right, async () => {
    if (E.isLeft(network)) return network;
    const { engine, gpuMode } = given.right as { readonly engine?: string; readonly gpuMode?: string };
    const opened = await openPhotoEmbedder(network.right, { engine, gpuMode, maxPixels })();
    if (E.isRight(opened) && !quiet) say(opened.right.why);
    return opened;
  });
  if (E.isLeft(embeddings)) return embeddings;
  const [likes, unlikes] = [embeddings.right.slice(0, wish.likes.length), embeddings.right.slice(wish.likes.length)];
  const found = await index.find(aimOf(likes, unlikes), {
    count: wish.count + copies,
    under: only ? limit?.distance : undefined,
    label: wish.label,
  })();
  if (E.isLeft(found)) return found;
  const { matches: nearest, exact, missing } = others(found.right, photos.right, wish.count);
  const matches = nearest.map((match) => (limit === undefined ? match : { ...match, within: match.distance < limit.distance }));
  if (typeof flags.html === "string") {
    const shown = (path: string): Shown => ({ path, caption: path });
    const sheet = contactPage(index.about.root, {
      likes: wish.likes.map(shown),
      unlikes: wish.unlikes.map(shown),
      matches,
      remarks: [...(limit === undefined ? [] : [limitText(limit)]), ...missing.map(({ message }) => message)],
    });
    const written = writeWhole(flags.html, sheet);
    if (E.isLeft(written)) return written;
    say(`wrote ${flags.html}`);
  }
  const listed = {
    photos: wish.likes,
    ...(wish.unlikes.length === 0 ? {} : { not: wish.unlikes }),
    root: index.about.root,
    ...(limit === undefined ? {} : { limit }),
    matches,
    exact,
  };
  print(
    quiet
      ? JSON.stringify({ ...listed, ...(missing.length === 0 ? {} : { missing: missing.map(({ message }) => message) }) }, null, 2)
      : [
          matches.length === 0
            ? "nothing is found"
            : table([
                ["most similar first", "class", "distance", ...(limit === undefined || only ? [] : ["within"])],
                ...matches.map((match) => [
                  match.file,
                  match.label ?? "",
                  match.distance.toFixed(4),
                  ...(!("within" in match) || only ? [] : [match.within ? "yes" : "no"]),
                ]),
              ]),
          ...(limit === undefined ? [] : [limitText(limit)]),
        ].join("\n"),
  );
  if (!exact) note(["an approximate index answered: a few that are nearer may be missing"]);
  return missing.length === 0 ? E.right(undefined) : E.left(partial(missing));
};

const search = async (place: string, photos: readonly string[], flags: Flags): Promise<E.Either<Fault, void>> => {
  const wish = wishOf(place, photos, flags);
  if (E.isLeft(wish)) return wish;
  const index = await openIndex(wish.right.places)();
  if (E.isLeft(index)) return index;
  try {
    return await answer(index.right, wish.right, flags);
  } finally {
    await index.right.close();
  }
};

export const searchCommand = (program: Command): Command =>
  withSettings(["maxPixels", "engine", "gpuMode"])(
    program
      .command("search <db> <photo...>")
      .summary("the photos of an index that are most like one, or like several")
      .description(
        `Finds the photos of an index (\`mdr index\`) that are nearest to a photo, or to the mean of several. A photo that is in the index, by its content, need not be ` +
          "embedded, and is not among the answers.",
      )
      .option("--db <place>", "another shard of the index; may be given several times", several)
      .option(
        "--not <photo>",
        "away from this photo: the aim is the mean plus half of its way from the mean of these; may be given several times",
        several,
      )
      .option("--class <name>", "only photos of this class")
      .option("--under <distance>", "only photos nearer than this")
      .option("--false-matches <rate>", "only photos within the run's threshold for this share of false matches, such as 0.01")
      .option("--count <n>", "how many [10]")
      .option("--html <file>", "write the answer as a page with small pictures, too")
      .option("--run <run>", "where the index's run is now [where it was]")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr search photos.db my.jpg\n  mdr search photos.db a.jpg b.jpg --not c.jpg --count 5 --html found.html\n${exitCodes}\nWhere a shard does not answer, the others' answer is printed and the exit code is 1.`,
    )
    .action((place: string, photos: readonly string[], flags: Flags) => finish(() => search(place, photos, flags)));
