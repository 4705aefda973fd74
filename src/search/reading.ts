/** The files of a folder as an index looks at them: by what they look like from outside first, and then in stretches, decoded. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { LeftOut } from "../datasets/index.js";
import type { Embeddable } from "../embed/index.js";
import type { Fault } from "../faults/index.js";
import type { Walked } from "../files/index.js";
import { type Augmentation, batch, vectorResample } from "../pictures/index.js";
import { seeded } from "../random/index.js";
import { openStore, type Readying } from "../store/index.js";
import type { About } from "./entry.js";
import type { Known } from "./keeper.js";

/** Size, and when content and file were last changed: of a file that was written to, one of them is another. */
export const stampOf = (path: string): string => {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  return status === undefined ? "" : `${status.size} ${status.mtimeNs} ${status.ctimeNs}`;
};

/** The folder of the root that a file lies in, in composed characters. */
export const labelOf = (file: string): string | undefined =>
  file.includes("/") ? file.slice(0, file.indexOf("/")).normalize("NFC") : undefined;

/** Which part a file belongs to is a matter of its path alone: every machine comes to the same. */
export const isInPart = (file: string, { number, of }: About["part"]): boolean =>
  of === 1 || createHash("sha256").update(file).digest().readUInt32BE(0) % of === number - 1;

export interface Seen {
  readonly file: string;
  readonly stamp: string;
}

export interface Compared {
  /** New, or not what they looked like. */
  readonly pending: readonly Seen[];
  readonly unchanged: number;
  /** No longer there. What lies in a folder that cannot be looked into is not gone. */
  readonly gone: readonly string[];
}

export const compared = (
  root: string,
  { pictures, passedOver }: Walked,
  known: ReadonlyMap<string, Known>,
  part: About["part"],
): Compared => {
  const own = pictures.filter((file) => isInPart(file, part));
  const seen = own.map((file) => ({ file, stamp: stampOf(join(root, file)) }));
  const pending = seen.filter(({ file, stamp }) => stamp === "" || known.get(file)?.stamp !== stamp);
  const there = new Set(own);
  const closed = passedOver.filter(({ kind }) => kind === "unreadable").map(({ path }) => `${path}/`);
  const gone = [...known.keys()].filter((file) => !there.has(file) && !closed.some((folder) => file.startsWith(folder)));
  return { pending, unchanged: seen.length - pending.length, gone };
};

/** Some files read and decoded. */
export interface Decoded {
  /** Positions among the files asked for, and the digest of what was read there. */
  readonly usable: readonly { readonly position: number; readonly digest: string }[];
  readonly leftOut: readonly LeftOut[];
  /** Pictures by their positions. */
  readonly pictures: Embeddable;
}

/** Nothing of evaluation's view is left to chance. */
const unused = seeded(0);

/** Reads and decodes files of a folder, and holds all of their pictures in memory. */
export const decoded = (root: string, files: readonly string[], readying: Readying, view: Augmentation): TE.TaskEither<Fault, Decoded> =>
  pipe(
    openStore({ ...readying, root, paths: files, folders: [], memoryBytes: files.length * 3 * readying.side ** 2 }),
    TE.bindTo("store"),
    TE.bind("resample", () => TE.fromTask(vectorResample)),
    TE.map(({ store, resample }): Decoded => {
      const places = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
      return {
        usable: store.usable.map((position) => ({ position, digest: store.hashOf(position) })),
        leftOut: store.leftOut,
        pictures: {
          files: files.map((file) => join(root, file)),
          plain: (positions) =>
            TE.map((pixels: Uint8Array) => {
              const all = places(positions.length);
              return batch({ side: readying.side, pixels, labels: all }, all, view, unused, resample).images;
            })(store.read(positions)),
        },
      };
    }),
  );
