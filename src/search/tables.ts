/** The tables of an index, and what is done with them: SQL that PostgreSQL understands wherever it runs. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed } from "../faults/index.js";
import { aboutIn, aboutText } from "./about.js";
import type { Ask, Row } from "./client.js";
import type { About, Entry } from "./entry.js";

/** A picture as it is kept: with what its file looked like when it was read. */
export interface Kept extends Entry {
  readonly stamp: string;
}

export interface State {
  readonly about: About;
  /** Goes up whenever an indexing has come to its end. */
  readonly generation: number;
  /** False while an indexing has begun and not come to its end. */
  readonly whole: boolean;
}

export const texts = (row: Row, name: string): string => String(row[name]);

/** What the tables say of themselves; undefined where there are none. Left: they are none of ours, or of a later version. */
export const stateIn = async (ask: Ask, place: string): Promise<E.Either<Fault, State | undefined>> => {
  const [there] = await ask("select to_regclass('mdr_index')::text as name");
  if (there?.name === null || there === undefined) return E.right(undefined);
  const [row] = await ask("select about, generation, whole from mdr_index");
  if (row === undefined) return E.left(failed("says nothing of itself: it is no whole index", { where: place }));
  return E.map((about: About): State => ({ about, generation: Number(row.generation), whole: row.whole === true }))(
    aboutIn(place, texts(row, "about")),
  );
};

/** Makes the tables for embeddings of this width. */
export const makeTables = async (ask: Ask, about: About): Promise<void> => {
  await ask("create extension if not exists vector");
  await ask("create table mdr_index (about text not null, generation int not null, whole boolean not null)");
  await ask(
    `create table mdr_pictures (file text collate "C" primary key, label text collate "C", digest text not null, stamp text not null, embedding vector(${Math.trunc(about.width)}) not null)`,
  );
  await ask("create index mdr_by_digest on mdr_pictures (digest)");
  await ask("create index mdr_by_label on mdr_pictures (label)");
  await ask("insert into mdr_index values ($1, 0, false)", [aboutText(about)]);
};

export const dropTables = async (ask: Ask): Promise<void> => {
  await ask("drop table if exists mdr_pictures");
  await ask("drop table if exists mdr_index");
};

export const rewriteAbout = (ask: Ask, about: About): Promise<unknown> => ask("update mdr_index set about = $1", [aboutText(about)]);

export const beginChange = (ask: Ask): Promise<unknown> => ask("update mdr_index set whole = false where whole");

export const endChange = (ask: Ask): Promise<unknown> => ask("update mdr_index set whole = true, generation = generation + 1");

/** As pgvector reads them: a float32 in nine digits comes back to the bit. */
export const vectorText = (embedding: Float32Array): string => `[${Array.from(embedding, (value) => value.toPrecision(9)).join(",")}]`;

/** As `vector_send` writes them: two 16-bit words, then float32, all big-endian. */
export const vectorIn = (row: Row): Float32Array => {
  const bytes = row.embedding as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: view.getUint16(0) }, (_, index) => view.getFloat32(4 + 4 * index));
};

export const entryIn = (row: Row): Entry => ({
  file: texts(row, "file"),
  label: row.label === null ? undefined : texts(row, "label"),
  digest: texts(row, "digest"),
  embedding: vectorIn(row),
});

export const entryColumns = "file, label, digest, vector_send(embedding) as embedding";

/** New pictures, and those that are there anew. */
export const putRows = (ask: Ask, rows: readonly Kept[]): Promise<unknown> =>
  ask(
    `insert into mdr_pictures (file, label, digest, stamp, embedding)
     select file, label, digest, stamp, embedding::vector
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as given (file, label, digest, stamp, embedding)
     on conflict (file) do update set label = excluded.label, digest = excluded.digest, stamp = excluded.stamp, embedding = excluded.embedding`,
    [
      rows.map(({ file }) => file),
      rows.map(({ label }) => label ?? null),
      rows.map(({ digest }) => digest),
      rows.map(({ stamp }) => stamp),
      rows.map(({ embedding }) => vectorText(embedding)),
    ],
  );

export const restampRows = (ask: Ask, rows: readonly Pick<Kept, "file" | "stamp">[]): Promise<unknown> =>
  ask(
    "update mdr_pictures set stamp = given.stamp from unnest($1::text[], $2::text[]) as given (file, stamp) where mdr_pictures.file = given.file",
    [rows.map(({ file }) => file), rows.map(({ stamp }) => stamp)],
  );

export const forgetRows = (ask: Ask, files: readonly string[]): Promise<unknown> =>
  ask("delete from mdr_pictures where file = any($1::text[])", [files]);

export const knownRows = (ask: Ask): Promise<readonly Row[]> => ask("select file, digest, stamp from mdr_pictures");

export const countRows = async (ask: Ask): Promise<number> =>
  Number((await ask("select count(*)::int as count from mdr_pictures"))[0]?.count ?? 0);
