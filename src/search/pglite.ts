/** PostgreSQL with pgvector as WebAssembly, in a folder: no server, nothing to compile. One process at a time may have it open. */
import { existsSync } from "node:fs";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, reasonOf } from "../faults/index.js";
import { removeFolder, renameFolder } from "../files/index.js";
import type { Ask, Client, Row } from "./client.js";

/** The part of PGlite that is used, so that one that is open already can be taken. */
export interface Database {
  readonly query: (statement: string, values?: unknown[]) => Promise<{ readonly rows: readonly unknown[] }>;
  readonly transaction: <A>(work: (inner: Pick<Database, "query">) => Promise<A>) => Promise<A>;
  readonly close: () => Promise<void>;
}

const asking =
  ({ query }: Pick<Database, "query">): Ask =>
  async (statement, values = []) =>
    (await query(statement, [...values])).rows as readonly Row[];

/** A client of a database that is open; whoever opened it has the same methods. */
export const clientOf = (database: Database): Client => ({
  ask: asking({ query: (statement, values) => database.query(statement, values) }),
  together: (work) => database.transaction((inner) => work(asking({ query: (statement, values) => inner.query(statement, values) }))),
  close: () => database.close(),
});

/** How long a database may take to open; one that is damaged may never. */
const patience = 120_000;

const opened = async (folder: string): Promise<Database> => {
  const [{ PGlite }, { vector }] = await Promise.all([import("@electric-sql/pglite"), import("@electric-sql/pglite-pgvector")]);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it does not open within ${patience / 1000} seconds`)), patience);
  });
  try {
    return await Promise.race([PGlite.create(folder, { extensions: { vector } }), late]);
  } finally {
    clearTimeout(timer);
  }
};

const openedOr = (folder: string): TE.TaskEither<Fault, Database> =>
  TE.tryCatch(
    () => opened(folder),
    (thrown) =>
      failed(`the database there cannot be opened (${(reasonOf(thrown).split("\n")[0] ?? "").slice(0, 300)})`, {
        where: folder,
        remedy: "where it is damaged, remove this folder and index again: what the gallery beside it holds is not embedded anew",
      }),
  );

/** Makes a database under another name first: one whose making was killed is not taken for one. */
const made = (folder: string): TE.TaskEither<Fault, void> => {
  const making = `${folder}.making`;
  return existsSync(folder)
    ? TE.right(undefined)
    : pipe(
        TE.fromEither(removeFolder(making)),
        TE.chain(() => openedOr(making)),
        TE.chain((database) => TE.fromTask(() => database.close())),
        TE.chain(() => TE.fromEither(renameFolder(making, folder))),
      );
};

/** Opens the database in a folder, which is made where it is missing. Left: it is damaged, or cannot be written. */
export const openPglite = (folder: string): TE.TaskEither<Fault, Client> =>
  pipe(
    made(folder),
    TE.chain(() => openedOr(folder)),
    TE.map(clientOf),
  );
