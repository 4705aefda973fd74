/** An index open for whoever keeps it up to date: one process at a time, each change whole or not made. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { heldBy, takeLock, type WriteOptions } from "../files/index.js";
import { onward } from "./about.js";
import { type Ask, type Client, refusedBy } from "./client.js";
import { hnswFrom } from "./crossover.js";
import type { About, Entry } from "./entry.js";
import { entryAt, type Gallery, galleryOf, readGallery, writeGallery } from "./gallery.js";
import { openPglite } from "./pglite.js";
import { databaseFolder, folderFree, galleryFile, isServer, lockFile, shownPlace } from "./places.js";
import { openServer } from "./server.js";
import {
  beginChange,
  countRows,
  dropTables,
  endChange,
  entryColumns,
  entryIn,
  forgetRows,
  type Kept,
  knownRows,
  makeTables,
  putRows,
  restampRows,
  rewriteAbout,
  stateIn,
  texts,
} from "./tables.js";

/** What is kept of a picture that is there. */
export interface Known {
  readonly digest: string;
  readonly stamp: string;
}

export interface Keeper {
  /** By file, as it was when the index was opened. */
  readonly known: ReadonlyMap<string, Known>;
  readonly put: (rows: readonly Kept[]) => TE.TaskEither<Fault, void>;
  readonly restamp: (rows: readonly Pick<Kept, "file" | "stamp">[]) => TE.TaskEither<Fault, void>;
  readonly forget: (files: readonly string[]) => TE.TaskEither<Fault, void>;
  /** Embeddings of these contents, of those that are there. */
  readonly embeddingsOf: (digests: readonly string[]) => TE.TaskEither<Fault, ReadonlyMap<string, Float32Array>>;
  /** Lets searches see the changes; how many pictures there are. */
  readonly finish: () => TE.TaskEither<Fault, number>;
  readonly close: () => Promise<void>;
}

export interface KeeperOptions {
  /** Begin anew where another network's index is, or that of another folder. */
  readonly force?: boolean | undefined;
  /** Parameters so that a full disk and a large index can be tried out. */
  readonly write?: WriteOptions | undefined;
  readonly approximateFrom?: number | undefined;
}

/** Where an index lives, open, and what is done once its changes are whole. */
export interface Carrier {
  readonly client: Client;
  /** What searches read in place of the database, where they do. */
  readonly gallery: string | undefined;
  readonly release: () => Promise<void>;
}

const waiting = "wait until it has ended";

const folderCarrier = (place: string): TE.TaskEither<Fault, Carrier> =>
  pipe(
    TE.fromEither(folderFree(place)),
    TE.chainEitherK(() =>
      pipe(
        takeLock(lockFile(place)),
        E.mapLeft((fault) =>
          heldBy(lockFile(place)) === undefined
            ? fault
            : failed(fault.what.replace("run writes", "process writes"), { where: place, remedy: waiting }),
        ),
      ),
    ),
    TE.chain((lock) =>
      pipe(
        openPglite(databaseFolder(place)),
        TE.bimap(
          (fault) => {
            lock.release();
            return fault;
          },
          (client) => ({
            client,
            gallery: galleryFile(place),
            release: async () => {
              await client.close();
              lock.release();
            },
          }),
        ),
      ),
    ),
  );

/** A number that stands for this program's indexes among the locks of a database. */
const serverLock = 5_263_421;

const serverCarrier = (place: string): TE.TaskEither<Fault, Carrier> =>
  pipe(
    // One connection: the lock is its own, and goes with it.
    openServer(place, 1),
    TE.chain((client) => async () => {
      const refused = async (fault: Fault): Promise<E.Either<Fault, Carrier>> => {
        await client.close();
        return E.left(fault);
      };
      const locked = await TE.tryCatch(
        () => client.ask("select pg_try_advisory_lock($1) as ours", [serverLock]),
        refusedBy(shownPlace(place)),
      )();
      if (E.isLeft(locked)) return refused(locked.left);
      if (locked.right[0]?.ours !== true)
        return refused(failed("another process writes there", { where: shownPlace(place), remedy: waiting }));
      return E.right({
        client,
        gallery: undefined,
        release: async () => {
          await client.ask("select pg_advisory_unlock($1)", [serverLock]).catch(() => undefined);
          await client.close();
        },
      });
    }),
  );

/** The most rows of one statement, and of one answer. */
const stretch = 2000;

const stretches = <A>(rows: readonly A[]): readonly (readonly A[])[] =>
  Array.from({ length: Math.ceil(rows.length / stretch) }, (_, index) => rows.slice(index * stretch, (index + 1) * stretch));

/** Everything that the tables hold, in stretches: an answer of a million pictures would not fit. */
const allEntries = async (ask: Ask): Promise<readonly Entry[]> => {
  const entries: Entry[] = [];
  for (let last = ""; ; ) {
    const rows = await ask(`select ${entryColumns} from mdr_pictures where file > $1 order by file limit ${stretch}`, [last]);
    for (const row of rows) entries.push(entryIn(row));
    if (rows.length < stretch) return entries;
    last = entries.at(-1)?.file ?? "";
  }
};

/** Makes the tables; of a gallery whose database is gone the pictures are taken over, to be looked at again and not embedded again. */
const begun = (client: Client, about: About, gallery: Gallery | undefined): Promise<void> =>
  client.together(async (ask) => {
    await makeTables(ask, about);
    const rows = gallery?.files.map((_, row): Kept => ({ ...entryAt(gallery, row), stamp: "" })) ?? [];
    for (const some of stretches(rows)) await putRows(ask, some);
  });

/** Brings the tables to what this index is to be. */
const prepared = async (place: string, { client, gallery }: Carrier, about: About, force: boolean): Promise<E.Either<Fault, void>> => {
  const state = await stateIn(client.ask, place);
  if (E.isLeft(state)) return state;
  if (state.right === undefined) {
    const saved = gallery === undefined ? E.left(undefined) : readGallery(gallery);
    const fits = E.isRight(saved) ? onward(place, saved.right.about, about, force) : E.right("anew" as const);
    if (E.isLeft(fits)) return fits;
    await begun(client, about, E.isRight(saved) && fits.right !== "anew" ? saved.right : undefined);
    return E.right(undefined);
  }
  const way = onward(place, state.right.about, about, force);
  if (E.isLeft(way)) return way;
  if (way.right === "anew")
    await client.together(async (ask) => {
      await dropTables(ask);
      await makeTables(ask, about);
    });
  if (way.right === "moved")
    await client.together(async (ask) => {
      await beginChange(ask);
      await rewriteAbout(ask, about);
    });
  return E.right(undefined);
};

/** Approximate neighbours where there are so many pictures that they win; pgvector cannot index longer vectors. */
const longestIndexed = 2000;

/**
 * Memory for making the graph of an approximate index, megabytes: a node is its vector and one kilobyte of neighbours. A graph that
 * does not fit is gone on with on pages, several times as slowly. At most what a process of 32 bits, as the WebAssembly one is, can give.
 */
const graphMegabytes = (count: number, width: number): number =>
  Math.min(1536, Math.max(256, Math.ceil((count * (4 * width + 1280)) / 2 ** 20)));

const hnsw = async (ask: Ask, count: number, width: number): Promise<void> => {
  // A server that has more for it keeps that.
  await ask(
    "select set_config('maintenance_work_mem', $1, true) where pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes($1)",
    [`${graphMegabytes(count, width)}MB`],
  );
  await ask("create index if not exists mdr_nearest on mdr_pictures using hnsw (embedding vector_l2_ops)");
};

const finished = async (
  { client, gallery }: Carrier,
  about: About,
  { write, approximateFrom = hnswFrom }: KeeperOptions,
  place: string,
): Promise<E.Either<Fault, number>> => {
  const count = await countRows(client.ask);
  const before = await stateIn(client.ask, place);
  if (E.isLeft(before)) return before;
  if (before.right?.whole !== true) {
    if (count >= approximateFrom && about.width <= longestIndexed) await client.together((ask) => hnsw(ask, count, about.width));
    await endChange(client.ask);
  }
  if (gallery === undefined) return E.right(count);
  const after = await stateIn(client.ask, place);
  if (E.isLeft(after)) return after;
  const generation = after.right?.generation ?? 0;
  const saved = readGallery(gallery);
  if (E.isRight(saved) && saved.right.generation === generation && saved.right.files.length === count) return E.right(count);
  return pipe(
    writeGallery(gallery, galleryOf(about, generation, await allEntries(client.ask)), write),
    E.map(() => count),
  );
};

/** The index that a carrier has, or is to have, open to be kept; `place` names it in faults. Left: it cannot be what is wanted. */
export const keeperOn = (place: string, carrier: Carrier, about: About, options: KeeperOptions = {}): TE.TaskEither<Fault, Keeper> => {
  const { client, release } = carrier;
  const asked = <A>(work: () => Promise<A>): TE.TaskEither<Fault, A> => TE.tryCatch(work, refusedBy(place));
  const settled = <A>(work: () => Promise<E.Either<Fault, A>>): TE.TaskEither<Fault, A> =>
    TE.chain((result: E.Either<Fault, A>) => TE.fromEither(result))(asked(work));
  const change = (work: (ask: Ask) => Promise<unknown>): TE.TaskEither<Fault, void> =>
    asked(() =>
      client.together(async (ask) => {
        await beginChange(ask);
        await work(ask);
      }),
    );
  return pipe(
    settled(() => prepared(place, carrier, about, options.force ?? false)),
    TE.chain(() => asked(() => knownRows(client.ask))),
    TE.map((rows) => ({
      known: new Map(rows.map((row) => [texts(row, "file"), { digest: texts(row, "digest"), stamp: texts(row, "stamp") }])),
      put: (given) => change((ask) => putRows(ask, given)),
      // What a file looks like is nothing that a search sees.
      restamp: (given) => asked(() => restampRows(client.ask, given).then(() => undefined)),
      forget: (files) =>
        change(async (ask) => {
          for (const some of stretches(files)) await forgetRows(ask, some);
        }),
      embeddingsOf: (digests) =>
        asked(async () => {
          const found = await client.ask(
            `select distinct on (digest) ${entryColumns} from mdr_pictures where digest = any($1::text[]) order by digest, file`,
            [digests],
          );
          return new Map(found.map((row) => [texts(row, "digest"), entryIn(row).embedding]));
        }),
      finish: () => settled(() => finished(carrier, about, options, place)),
      close: release,
    })),
  );
};

/** Opens the index at a place to keep it, and makes it where there is none. Left: another process keeps it, or it cannot be what is wanted. */
export const openKeeper = (place: string, about: About, options: KeeperOptions = {}): TE.TaskEither<Fault, Keeper> =>
  pipe(
    isServer(place) ? serverCarrier(place) : folderCarrier(place),
    TE.chain((carrier) => async () => {
      const keeper = await keeperOn(shownPlace(place), carrier, about, options)();
      if (E.isLeft(keeper)) await carrier.release();
      return keeper;
    }),
  );
