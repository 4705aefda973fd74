/** The files of an index in a folder. Nothing else there is its own, and it is made in no folder that holds anything else. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, inWords, misused } from "../faults/index.js";

export const galleryFile = (place: string): string => join(place, "gallery.mdr");
export const databaseFolder = (place: string): string => join(place, "database");
export const lockFile = (place: string): string => join(place, "index.lock");

const isOwn = (name: string): boolean => /^(?:gallery\.mdr|database|database\.making|index\.lock)(?:\.\d+\.\w+(?:\.headed)?)?$/.test(name);

/** A place on a server, not in a folder. */
export const isServer = (place: string): boolean => /^postgres(?:ql)?:\/\//i.test(place);

/** A place as it may be shown: without a password. */
export const shownPlace = (place: string): string => (isServer(place) ? place.replace(/(\/\/[^:/@]*):[^@]*@/, "$1@") : place);

/** Left: something else is there, and an index must not be made in it. */
export const folderFree = (place: string): E.Either<Fault, void> => {
  const status = statSync(place, { throwIfNoEntry: false });
  if (status === undefined) return E.right(undefined);
  if (!status.isDirectory()) return E.left(misused("is a file, and an index is a folder", { where: place, remedy: "choose another {db}" }));
  return E.chain((names: readonly string[]): E.Either<Fault, void> => {
    const other = names.find((name) => !isOwn(name));
    return other === undefined
      ? E.right(undefined)
      : E.left(
          misused(`${other} is in it, which is no index's: an index needs a folder of its own`, {
            where: place,
            remedy: "choose another {db}",
          }),
        );
  })(
    E.tryCatch(
      () => readdirSync(place),
      (thrown) => failed(`cannot be read: ${inWords(thrown, "reading")}`, { where: place }),
    ),
  );
};
