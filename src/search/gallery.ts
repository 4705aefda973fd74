/**
 * An index's pictures in one file, for whoever searches: whole or not there, sealed, and read without a lock, from a place that
 * cannot be written too. A line of JSON, the names as JSON, spaces up to a multiple of 4, then [N, D] float32, little-endian.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { type Fault, failed } from "../faults/index.js";
import {
  parseJson,
  type RecordKind,
  readBytes,
  recordOf,
  sealed,
  sealOf,
  unsealed,
  type WriteOptions,
  writeWhole,
} from "../files/index.js";
import { aboutKind } from "./about.js";
import type { About, Entry } from "./entry.js";

/** Pictures by the code units of their files. */
export interface Gallery {
  readonly about: About;
  /** Of the database that it was written from. */
  readonly generation: number;
  readonly files: readonly string[];
  readonly labels: readonly (string | undefined)[];
  readonly digests: readonly string[];
  /** [N, D] */
  readonly embeddings: Float32Array;
}

interface Head {
  readonly about: About;
  readonly generation: number;
  readonly count: number;
  /** Bytes of the names, spaces included. */
  readonly names: number;
}

const headKind: RecordKind<Head> = {
  name: "an index",
  schema: z.object({ about: aboutKind.schema, generation: z.int().min(0), count: z.int().min(0), names: z.int().min(0) }),
  migrations: aboutKind.migrations,
};

const nameSchema = z.array(z.tuple([z.string(), z.string().nullable(), z.string()]));

const utf8 = new TextEncoder();

const byFile = (a: Entry, b: Entry): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);

/** In the order of files. */
export const galleryOf = (about: About, generation: number, entries: readonly Entry[]): Gallery => {
  const sorted = entries.toSorted(byFile);
  const embeddings = new Float32Array(sorted.length * about.width);
  for (const [row, { embedding }] of sorted.entries()) embeddings.set(embedding, row * about.width);
  return {
    about,
    generation,
    files: sorted.map(({ file }) => file),
    labels: sorted.map(({ label }) => label),
    digests: sorted.map(({ digest }) => digest),
    embeddings,
  };
};

export const entryAt = ({ about: { width }, files, labels, digests, embeddings }: Gallery, row: number): Entry => ({
  file: files[row] ?? "",
  label: labels[row],
  digest: digests[row] ?? "",
  embedding: embeddings.slice(row * width, (row + 1) * width),
});

/** Spaces that make a length a multiple of 4, as typed arrays over the file need it. */
const spaces = (length: number): string => " ".repeat((4 - (length % 4)) % 4);

export const writeGallery = (path: string, gallery: Gallery, options: WriteOptions = {}): E.Either<Fault, string> => {
  const { about, generation, files, labels, digests, embeddings } = gallery;
  const rows = JSON.stringify(files.map((file, row) => [file, labels[row] ?? null, digests[row]]));
  const names = utf8.encode(rows);
  const padded = utf8.encode(spaces(names.length));
  const head: Head = { about, generation, count: files.length, names: names.length + padded.length };
  const line = JSON.stringify({ version: headKind.migrations.length, seal: unsealed, ...head });
  // The line feed ends the line, spaces before it keep what follows in its place.
  const first = utf8.encode(`${line}${spaces(utf8.encode(line).length + 1)}\n`);
  const whole = new Uint8Array(first.length + head.names + embeddings.byteLength);
  whole.set(first);
  whole.set(names, first.length);
  whole.set(padded, first.length + names.length);
  whole.set(new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength), first.length + head.names);
  return writeWhole(path, sealed(whole), options);
};

const damaged = (path: string): Fault =>
  failed("is damaged: its content does not agree with its seal", {
    where: path,
    remedy: "index the folder again: what its database holds is not embedded anew",
  });

const utf8Text = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** A line longer than this is none of ours. */
const longestLine = 65_536;

const headOf = (path: string, bytes: Uint8Array): E.Either<Fault, { readonly head: Head; readonly start: number }> => {
  const end = bytes.subarray(0, longestLine).indexOf(0x0a);
  return end < 0
    ? E.left(damaged(path))
    : pipe(
        parseJson(path, utf8Text(bytes.subarray(0, end))),
        E.mapLeft(() => damaged(path)),
        E.chain(recordOf(path, headKind)),
        E.map((head) => ({ head, start: end + 1 })),
      );
};

/** Left: there is none, it is of a version that is not known yet, or it is damaged. */
export const readGallery = (path: string): E.Either<Fault, Gallery> =>
  pipe(
    readBytes(path),
    E.bindTo("bytes"),
    // What a newer program wrote has a seal of its own, perhaps: its version is looked at first.
    E.bind("headed", ({ bytes }) => headOf(path, bytes)),
    E.filterOrElse(
      ({ bytes, headed: { head, start } }) =>
        sealOf(bytes) === "whole" && bytes.length === start + head.names + 4 * head.count * head.about.width,
      () => damaged(path),
    ),
    E.bind("rows", ({ bytes, headed: { head, start } }) =>
      pipe(
        parseJson(path, utf8Text(bytes.subarray(start, start + head.names))),
        E.map((names) => nameSchema.safeParse(names)),
        E.chain((parsed) => (parsed.success && parsed.data.length === head.count ? E.right(parsed.data) : E.left(damaged(path)))),
      ),
    ),
    E.map(({ bytes, headed: { head, start }, rows }) => ({
      about: head.about,
      generation: head.generation,
      files: rows.map(([file]) => file),
      labels: rows.map(([, label]) => label ?? undefined),
      digests: rows.map(([, , digest]) => digest),
      embeddings: new Float32Array(new Uint8Array(bytes.subarray(start + head.names)).buffer),
    })),
  );
