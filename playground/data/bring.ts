/** Brings a visitor's files into the page: decoded one after the other, a bad one named and left out. */
import type { Signal } from "@preact/signals";
import { isLeft } from "fp-ts/lib/Either.js";
import { type Fault, misused } from "#mdr/faults/index.js";
import type { Decoder } from "./decode.js";
import type { Found } from "./folder.js";
import { added, largestSide, mostPhotos, type Photo, type Sorting } from "./sorting.js";

/** How far the bringing is: files done and of how many; undefined where nothing is brought. */
export type Progress = { readonly done: number; readonly all: number } | undefined;

interface Place {
  readonly sorting: Signal<Sorting>;
  readonly progress: Signal<Progress>;
  readonly decode: Decoder;
  readonly complain: (fault: Fault) => void;
}

/** Pictures are shown by so many at a time. */
const atOnce = 16;

/** Adds what can be decoded to the sorting, in the order of the files. */
export const bring = async ({ sorting, progress, decode, complain }: Place, found: readonly Found[]): Promise<void> => {
  const room = mostPhotos - sorting.value.photos.length;
  if (found.length === 0) complain(misused("there is no picture among what was given: choose JPEG, PNG or WebP files, or folders of them"));
  if (found.length > room)
    complain(
      misused(`${found.length} pictures were given, and there is room for ${room}: the others are left out`, {
        where: `at most ${mostPhotos} pictures`,
      }),
    );
  const files = found.slice(0, Math.max(0, room));
  let waiting: Omit<Photo, "id">[] = [];
  let bad = 0;
  const show = (): void => {
    sorting.value = added(sorting.value, waiting);
    waiting = [];
  };
  for (const [index, { file, label }] of files.entries()) {
    progress.value = { done: index, all: files.length };
    const decoded = await decode(file, file.name, largestSide);
    if (isLeft(decoded)) {
      bad += 1;
      complain(decoded.left);
    } else waiting.push({ name: file.name, label, picture: decoded.right });
    if (waiting.length >= atOnce) show();
  }
  show();
  progress.value = undefined;
  if (bad > 1) complain(misused(`${bad} of ${files.length} files could not be used and were left out; the others are here`));
};
