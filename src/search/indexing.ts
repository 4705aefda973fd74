/**
 * Brings an index up to date with a folder. What its files look like from outside says which must be read, and their content which must
 * be embedded; what is embedded is kept batch by batch, so that whoever stops it, at whatever moment, loses one batch of work.
 */
import { join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { LeftOut } from "../datasets/index.js";
import { type Fault, failed, interrupted, listed } from "../faults/index.js";
import { missed, pictureEndings, type Walked, walkPictures } from "../files/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import type { About } from "./entry.js";
import { type Keeper, type KeeperOptions, openKeeper } from "./keeper.js";
import { type Network, type OpenNetwork, openNetwork, readyingOf, viewOf } from "./network.js";
import { compared, type Decoded, decoded, labelOf, type Seen, stampOf } from "./reading.js";
import type { Kept } from "./tables.js";

export interface IndexingSettings {
  readonly folder: string;
  /** The share of it that this index has; all of it unless given. */
  readonly part?: About["part"] | undefined;
  /** Most pixels of a picture. */
  readonly maxPixels: number;
  readonly engine: string;
  readonly gpuMode: string;
  /** Pictures that are read, embedded and kept together; 256 unless given. */
  readonly batch?: number | undefined;
}

export interface Watching {
  /** How many of the pictures that are new or changed have been read. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The engine and why, once one is needed. */
  readonly onEngine?: ((why: string) => void) | undefined;
  /** True once it should stop: what is done is kept. */
  readonly stopped?: (() => boolean) | undefined;
}

/** What became of the folder's pictures. */
export interface Indexed {
  /** Pictures of the index now. */
  readonly count: number;
  readonly added: readonly string[];
  /** Of another content than before. */
  readonly changed: readonly string[];
  readonly forgotten: readonly string[];
  /** Not read at all, or found to be of the content that they had. */
  readonly unchanged: number;
  /** Pictures that went through the network: one of several alike does, and none that the index has under another name. */
  readonly embedded: number;
  /** Cannot be used; their paths below the folder. */
  readonly leftOut: readonly LeftOut[];
  /** Were written to while they were read: the index has them as they were, and the next indexing reads them again. */
  readonly changing: readonly string[];
}

const usualBatch = 256;

const walked = (folder: string): E.Either<Fault, Walked> =>
  pipe(
    walkPictures(folder),
    E.filterOrElse(
      ({ pictures }) => pictures.length > 0,
      ({ passedOver }) =>
        failed(
          `no ${pictureEndings} in it or below it: give a folder of photos${listed(missed(passedOver).map(({ path, why }) => `${path}: ${why}`))}`,
          { where: folder },
        ),
    ),
  );

/** What one batch came to. */
type Step = Pick<Indexed, "added" | "changed" | "unchanged" | "embedded" | "leftOut" | "changing"> & {
  readonly unusable: readonly string[];
};

const summed = (steps: readonly Step[]): Step => ({
  added: steps.flatMap(({ added }) => added),
  changed: steps.flatMap(({ changed }) => changed),
  unchanged: steps.reduce((sum, { unchanged }) => sum + unchanged, 0),
  embedded: steps.reduce((sum, { embedded }) => sum + embedded, 0),
  leftOut: steps.flatMap(({ leftOut }) => leftOut),
  changing: steps.flatMap(({ changing }) => changing),
  unusable: steps.flatMap(({ unusable }) => unusable),
});

/** Embeddings of the pictures at some positions, by the digests of their contents. */
const embeddedBy = (
  { embedder, network }: OpenNetwork,
  { pictures }: Decoded,
  wanted: readonly (readonly [digest: string, position: number])[],
): TE.TaskEither<Fault, ReadonlyMap<string, Float32Array>> =>
  TE.map(({ shape, data }: Tensor) => {
    const width = axisLength(shape, 1);
    return new Map(
      wanted.map(([digest], row) => [digest, Float32Array.from({ length: width }, (_, column) => at(data, row * width + column))]),
    );
  })(
    embedder.embed(
      network,
      pictures,
      wanted.map(([, position]) => position),
    ),
  );

/** Opens once, when it is first asked for. */
const lazily = (open: TE.TaskEither<Fault, OpenNetwork>) => {
  let opening: Promise<E.Either<Fault, OpenNetwork>> | undefined;
  return {
    get: (): Promise<E.Either<Fault, OpenNetwork>> => {
      opening ??= open();
      return opening;
    },
    close: async (): Promise<void> => {
      const opened = await opening;
      if (opened !== undefined && E.isRight(opened)) await opened.right.close();
    },
  };
};

interface Work {
  readonly root: string;
  readonly keeper: Keeper;
  readonly network: Network;
  readonly settings: IndexingSettings;
  readonly opened: ReturnType<typeof lazily>;
}

/** Reads, embeds and keeps some of the pictures. */
const stepOver =
  ({ root, keeper, network, settings, opened }: Work, seen: readonly Seen[]): TE.TaskEither<Fault, Step> =>
  async () => {
    const own = network.checkpoint.record.settings;
    const fileAt = (position: number): Seen => seen[position] as Seen;
    const read = await decoded(
      root,
      seen.map(({ file }) => file),
      readyingOf(own, settings.maxPixels),
      viewOf(own),
    )();
    if (E.isLeft(read)) return read;
    const { usable, leftOut } = read.right;
    const isKnown = (position: number, digest: string): boolean => keeper.known.get(fileAt(position).file)?.digest === digest;
    const same = usable.filter(({ position, digest }) => isKnown(position, digest));
    const fresh = usable.filter(({ position, digest }) => !isKnown(position, digest));
    const there = await keeper.embeddingsOf([...new Set(fresh.map(({ digest }) => digest))])();
    if (E.isLeft(there)) return there;
    const wanted = [...new Map(fresh.map(({ position, digest }) => [digest, position] as const))].filter(
      ([digest]) => !there.right.has(digest),
    );
    let made: ReadonlyMap<string, Float32Array> = new Map();
    if (wanted.length > 0) {
      const open = await opened.get();
      const embedded = E.isLeft(open) ? open : await embeddedBy(open.right, read.right, wanted)();
      if (E.isLeft(embedded)) return embedded;
      made = embedded.right;
    }
    const rows = fresh.map(({ position, digest }): Kept => {
      const { file, stamp } = fileAt(position);
      const embedding = there.right.get(digest) ?? made.get(digest);
      if (embedding === undefined) throw new Error(`indexing: no embedding of ${file}`);
      return { file, label: labelOf(file), digest, stamp, embedding };
    });
    const kept = await pipe(
      rows.length === 0 ? TE.right(undefined) : keeper.put(rows),
      TE.chain(() => (same.length === 0 ? TE.right(undefined) : keeper.restamp(same.map(({ position }) => fileAt(position))))),
    )();
    if (E.isLeft(kept)) return kept;
    return E.right({
      added: rows.filter(({ file }) => !keeper.known.has(file)).map(({ file }) => file),
      changed: rows.filter(({ file }) => keeper.known.has(file)).map(({ file }) => file),
      unchanged: same.length,
      embedded: wanted.length,
      leftOut,
      changing: usable
        .filter(({ position }) => stampOf(join(root, fileAt(position).file)) !== fileAt(position).stamp)
        .map(({ position }) => fileAt(position).file),
      // What cannot be used now is of a content that the index does not have.
      unusable: leftOut.map(({ path }) => path).filter((path) => keeper.known.has(path)),
    });
  };

/** All of it, with an index that is open. */
export const indexInto = (
  keeper: Keeper,
  network: Network,
  settings: IndexingSettings,
  watching: Watching = {},
): TE.TaskEither<Fault, Indexed> => {
  const { batch = usualBatch, part = { number: 1, of: 1 }, folder, engine, gpuMode } = settings;
  return async () => {
    const found = walked(folder);
    if (E.isLeft(found)) return found;
    const { pending, unchanged, gone } = compared(folder, found.right, keeper.known, part);
    const opened = lazily(
      pipe(
        openNetwork(network, { engine, gpuMode }, Math.min(batch, pending.length)),
        TE.map((open) => {
          watching.onEngine?.(open.why);
          return open;
        }),
      ),
    );
    const work: Work = { root: folder, keeper, network, settings, opened };
    try {
      const steps: Step[] = [];
      for (let from = 0; from < pending.length; from += batch) {
        if (watching.stopped?.() === true)
          return E.left(interrupted(`stopped after ${from} of ${pending.length} pictures`, { remedy: "index again, which goes on there" }));
        const step = await stepOver(work, pending.slice(from, from + batch))();
        if (E.isLeft(step)) return step;
        steps.push(step.right);
        watching.onProgress?.(Math.min(from + batch, pending.length), pending.length);
      }
      const { unusable, ...result } = summed(steps);
      const forgotten = [...gone, ...unusable];
      return await pipe(
        forgotten.length === 0 ? TE.right(undefined) : keeper.forget(forgotten),
        TE.chain(() => keeper.finish()),
        TE.map((count) => ({
          ...result,
          count,
          forgotten,
          unchanged: unchanged + result.unchanged,
          leftOut: [...missed(found.right.passedOver).map(({ path, why }) => ({ path, why })), ...result.leftOut],
        })),
      )();
    } finally {
      await opened.close();
    }
  };
};

/** What an index of this folder by this network says of itself. */
export const aboutOf = ({ about }: Network, { folder, part = { number: 1, of: 1 } }: Pick<IndexingSettings, "folder" | "part">): About => ({
  ...about,
  root: resolve(folder),
  part,
});

/** Brings the index at a place up to date with a folder, and makes it where there is none. */
export const indexFolder = (
  place: string,
  network: Network,
  settings: IndexingSettings,
  watching: Watching = {},
  options: KeeperOptions = {},
): TE.TaskEither<Fault, Indexed> =>
  pipe(
    // Before anything is made: a folder that is not there makes no index.
    TE.fromEither(walked(settings.folder)),
    TE.chain(() => openKeeper(place, aboutOf(network, settings), options)),
    TE.chain((keeper) => async () => {
      try {
        return await indexInto(keeper, network, settings, watching)();
      } finally {
        await keeper.close();
      }
    }),
  );
