/**
 * The one walk over pictures. Links to files and folders are followed, a folder within itself is not; hidden entries and the folders
 * in which systems keep thumbnails and deleted files are left out; what is no ordinary file is never opened.
 * Order is by code unit, folder by folder: the same on every system and in every locale.
 */
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { codeOf, type Fault, failed, inWords } from "../faults/index.js";

/** What a walk found that is no picture to be read. */
export interface PassedOver {
  /** Below the root, with forward slashes. */
  readonly path: string;
  /**
   * `format`: a picture of a kind that is not read; `stray`: no picture by its name; `unusable`: leads nowhere or is no ordinary file;
   * `unreadable`: a folder that cannot be listed.
   */
  readonly kind: "format" | "stray" | "unusable" | "unreadable";
  readonly why: string;
}

/** What a walk over a folder found. */
export interface Walked {
  /** Picture files by their names: paths below the root, with forward slashes, in order. */
  readonly pictures: readonly string[];
  /** Every folder that was entered, the root left out, in order. */
  readonly folders: readonly string[];
  readonly passedOver: readonly PassedOver[];
}

/** Endings of the pictures that are read, as a user is told them. */
export const pictureEndings = ".jpg, .jpeg, .jpe, .jfif or .png";

const isPicture = (name: string): boolean => /\.(jpe?g|jpe|jfif|png)$/i.test(name);
const isOtherPicture = (name: string): boolean =>
  /\.(webp|gif|hei[cf]|avif|bmp|tiff?|jxl|jp2|svg|psd|dng|cr[23]|nef|arw|orf|rw2|raf)$/i.test(name);

/** Thumbnails of network drives, bins, and what an unpacked archive of another system leaves. */
const ofSystems = new Set([
  "@eadir",
  "#recycle",
  "#snapshot",
  "__macosx",
  "$recycle.bin",
  "system volume information",
  "lost+found",
  "thumbs.db",
  "ehthumbs.db",
  "desktop.ini",
]);

const isLeftOut = (name: string): boolean => name.startsWith(".") || ofSystems.has(name.toLowerCase());

const byCodeUnit = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** What is in a folder, and which folder it really is. */
const listing = (folder: string): E.Either<string, { readonly real: string; readonly entries: readonly Dirent[] }> =>
  E.tryCatch(
    () => ({
      real: realpathSync(folder),
      entries: readdirSync(folder, { withFileTypes: true })
        .filter(({ name }) => !isLeftOut(name))
        .sort(byCodeUnit),
    }),
    (thrown) => inWords(thrown, "reading"),
  );

/** A name whose bytes are no UTF-8 comes with this in it, and no path leads back to the file. */
const unreadableCharacter = "\uFFFD";

/** What an entry is, a link being what it leads to. */
const kindOf = (path: string, entry: Dirent): E.Either<string, Dirent | Stats> => {
  if (entry.name.includes(unreadableCharacter)) return E.left("its name is not UTF-8: rename it");
  return entry.isSymbolicLink()
    ? E.tryCatch(
        () => statSync(path),
        (thrown) => (codeOf(thrown) === "ENOENT" ? "a link that leads nowhere" : inWords(thrown, "reading")),
      )
    : E.right(entry);
};

const specialName = (kind: Dirent | Stats): string =>
  kind.isFIFO()
    ? "a FIFO"
    : kind.isSocket()
      ? "a socket"
      : kind.isCharacterDevice() || kind.isBlockDevice()
        ? "a device"
        : "of an unknown kind";

/** Everything below `root`. Left: it is no folder or cannot be read; a folder below it that cannot be read is passed over. */
export const walkPictures = (root: string): E.Either<Fault, Walked> => {
  const pictures: string[] = [];
  const folders: string[] = [];
  const passedOver: PassedOver[] = [];

  const visit = (path: string, entry: Dirent, above: readonly string[]): void => {
    const passOver = (kind: PassedOver["kind"], why: string): void => {
      passedOver.push({ path, kind, why });
    };
    const kind = kindOf(join(root, path), entry);
    if (E.isLeft(kind)) passOver("unusable", kind.left);
    else if (kind.right.isDirectory()) {
      const listed = listing(join(root, path));
      if (E.isLeft(listed)) passOver("unreadable", listed.left);
      else if (above.includes(listed.right.real)) passOver("unusable", "a link to a folder that it is in");
      else {
        folders.push(path);
        enter(path, listed.right.entries, [...above, listed.right.real]);
      }
    } else if (!kind.right.isFile()) passOver("unusable", `${specialName(kind.right)}, no file`);
    else if (isPicture(entry.name)) pictures.push(path);
    else if (isOtherPicture(entry.name)) passOver("format", `only ${pictureEndings} are read`);
    else passOver("stray", "no picture by its name");
  };

  const enter = (folder: string, entries: readonly Dirent[], above: readonly string[]): void => {
    for (const entry of entries) visit(folder === "" ? entry.name : `${folder}/${entry.name}`, entry, above);
  };

  return E.bimap(
    (why: string) => failed(`cannot be read: ${why}`, { where: root }),
    ({ real, entries }: { readonly real: string; readonly entries: readonly Dirent[] }): Walked => {
      enter("", entries, [real]);
      return { pictures, folders, passedOver };
    },
  )(listing(root));
};

/** What a user may miss: a format that is not read, a broken link, a device. Strays are nobody's pictures. */
export const missed = (passedOver: readonly PassedOver[]): readonly PassedOver[] => passedOver.filter(({ kind }) => kind !== "stray");
