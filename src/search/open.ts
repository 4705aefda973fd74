/** Opens an index to search it, by what carries it. */
import { existsSync, statSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { contentOf, type Fault, failed } from "../faults/index.js";
import { readBytes, takeLock } from "../files/index.js";
import { askedIndex } from "./asking.js";
import { hnswFrom } from "./crossover.js";
import type { Index } from "./entry.js";
import { type Gallery, readGallery } from "./gallery.js";
import { openPglite } from "./pglite.js";
import { databaseFolder, galleryFile, isServer, lockFile, shownPlace } from "./places.js";
import { stampOf } from "./reading.js";
import { scanIndex } from "./scan.js";
import { openServer } from "./server.js";
import { openShards } from "./shards.js";
import { stateIn } from "./tables.js";

export interface OpenIndexOptions {
  /** From how many pictures on an approximate index answers; a parameter so that it can be tried out with few. */
  readonly approximateFrom?: number | undefined;
}

/** Connections to a server, at most: as many searches as are answered at a time. */
const connections = 4;

/** The database beside a gallery, where nobody else has it open and it says the same; undefined otherwise, and the gallery answers. */
const databaseOf = async (place: string, { generation }: Gallery): Promise<Index | undefined> => {
  if (!existsSync(databaseFolder(place))) return undefined;
  const lock = takeLock(lockFile(place));
  if (E.isLeft(lock)) return undefined;
  const client = await openPglite(databaseFolder(place))();
  if (E.isLeft(client)) {
    lock.right.release();
    return undefined;
  }
  const close = async (): Promise<void> => {
    await client.right.close();
    lock.right.release();
  };
  const state = await stateIn(client.right.ask, place).catch(() => E.right(undefined));
  if (E.isRight(state) && state.right?.whole === true && state.right.generation === generation) {
    const index = await askedIndex(place, client.right, close)();
    return E.isRight(index) ? index.right : undefined;
  }
  await close();
  return undefined;
};

const aFile = (bytes: Uint8Array): string => {
  const content = contentOf(bytes);
  return content === undefined || content === "empty" ? "a file" : `${content} by its content`;
};

const folderIndex =
  (place: string, approximateFrom: number): TE.TaskEither<Fault, Index> =>
  async () => {
    if (statSync(place, { throwIfNoEntry: false })?.isFile() === true)
      return E.left(
        failed(`is ${E.getOrElse(() => "a file")(E.map(aFile)(readBytes(place)))}, and an index is a folder`, {
          where: place,
          remedy: "give what `mdr index` was given as {db}",
        }),
      );
    if (!existsSync(galleryFile(place)))
      return E.left(
        existsSync(databaseFolder(place))
          ? failed("its first indexing has not come to its end", {
              where: place,
              remedy: "index the folder again, which goes on where it stopped",
            })
          : failed("there is no index", { where: place, remedy: "make one with `mdr index`" }),
      );
    const gallery = readGallery(galleryFile(place));
    if (E.isLeft(gallery)) return gallery;
    const approximate = gallery.right.files.length < approximateFrom ? undefined : await databaseOf(place, gallery.right);
    return E.right(approximate ?? scanIndex(gallery.right));
  };

const openOne =
  (approximateFrom: number) =>
  (place: string): TE.TaskEither<Fault, Index> =>
    isServer(place)
      ? pipe(
          openServer(place, connections),
          TE.chain((client) => askedIndex(shownPlace(place), client)),
        )
      : folderIndex(place, approximateFrom);

/** Opens the index at a place, a folder or `postgres://..`; or several shards of one, which answer as one. */
export const openIndex = (places: readonly string[], { approximateFrom = hnswFrom }: OpenIndexOptions = {}): TE.TaskEither<Fault, Index> =>
  openShards(openOne(approximateFrom))(places);

/** Is another text once what a folder's searches read was written anew. What a server holds is asked each time, and needs none. */
export const indexStamp = (places: readonly string[]): string =>
  places.map((place) => (isServer(place) ? "" : stampOf(galleryFile(place)))).join("\n");
