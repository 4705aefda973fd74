/**
 * Records in JSON files that outlive the program that wrote them. A record says its version; an older one is brought up to date
 * step by step before its newest schema reads it. One from before versions were counted is version 0. A record is sealed: one that is
 * damaged is a fault, whatever is wrong with it.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { z } from "zod";
import { type Fault, failed, reasonOf } from "../faults/index.js";
import { readText } from "./read.js";
import { sealed, sealOf, unsealed } from "./seal.js";

const utf8 = new TextEncoder();

type Fields = Readonly<Record<string, unknown>>;

/** A kind of JSON record, over all its versions. */
export interface RecordKind<A> {
  /** What such a record is, for faults: "a run's record". */
  readonly name: string;
  /** Of the newest version. */
  readonly schema: z.ZodType<A>;
  /** The one at v makes version v + 1 of version v: there are as many as the newest version's number. */
  readonly migrations: readonly ((older: Fields) => Fields)[];
  /** The first version that has a seal; 0 unless given. */
  readonly sealedFrom?: number;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON text as a value, for any text; `path` names it in the fault. */
export const parseJson = (path: string, text: string): E.Either<Fault, unknown> =>
  E.tryCatch(
    (): unknown => JSON.parse(text),
    (thrown) => failed(`is not JSON (${reasonOf(thrown)})`, { where: path }),
  );

const upToDate =
  <A>(path: string, { name, migrations }: RecordKind<A>) =>
  (record: Fields): E.Either<Fault, Fields> => {
    const version = record.version ?? 0;
    const newest = migrations.length;
    if (typeof version !== "number" || !Number.isInteger(version) || version < 0)
      return E.left(failed(`its version is ${JSON.stringify(version)}: this is not ${name}`, { where: path }));
    if (version > newest)
      return E.left(
        failed(`is ${name} of version ${version}, and this program knows versions up to ${newest}: use a newer one`, { where: path }),
      );
    return E.tryCatch(
      () => migrations.slice(version).reduce((older, migrate) => migrate(older), record),
      (thrown) => failed(`is no whole ${name.replace(/^an? /, "")} of version ${version} (${reasonOf(thrown)})`, { where: path }),
    );
  };

const checked =
  <A>(path: string, { name, schema }: RecordKind<A>) =>
  (record: Fields): E.Either<Fault, A> => {
    const parsed = schema.safeParse(record);
    if (parsed.success) return E.right(parsed.data);
    const [issue] = parsed.error.issues;
    return E.left(failed(`is not ${name}: "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "not valid"}`, { where: path }));
  };

/** The record that a value is, whatever version it has. Faults name the file; nothing throws. */
export const recordOf =
  <A>(path: string, kind: RecordKind<A>) =>
  (value: unknown): E.Either<Fault, A> =>
    isFields(value)
      ? pipe(value, upToDate(path, kind), E.chain(checked(path, kind)))
      : E.left(failed(`is not ${kind.name}: it holds no object`, { where: path }));

const damaged = (path: string): Fault =>
  failed("is damaged, or was changed by hand: its content does not agree with its seal", { where: path });

/** Left where a text is not what was written. */
const whole =
  <A>(path: string, text: string, { migrations, sealedFrom = 0 }: RecordKind<A>) =>
  (value: unknown): E.Either<Fault, unknown> => {
    if (!isFields(value)) return E.right(value);
    const seal = sealOf(utf8.encode(text));
    const version = Number(value.version ?? 0);
    // Of a version that is not known nothing can be said but that.
    const needed = version >= sealedFrom && version <= migrations.length;
    return seal === "broken" || (seal === "absent" && needed) ? E.left(damaged(path)) : E.right(value);
  };

/** The record in a JSON text. */
export const parseRecord = <A>(path: string, text: string, kind: RecordKind<A>): E.Either<Fault, A> =>
  pipe(parseJson(path, text), E.chain(whole(path, text, kind)), E.chain(recordOf(path, kind)));

/** The record in a file. */
export const readRecord = <A>(path: string, kind: RecordKind<A>): E.Either<Fault, A> =>
  pipe(
    readText(path),
    E.chain((text) => parseRecord(path, text, kind)),
  );

/** A record as the text of a file, its version and its seal with it; `indent` spaces for people to read, none where there are thousands of lines. */
export const recordText = (record: object, { migrations }: Pick<RecordKind<unknown>, "migrations">, indent = 2): string =>
  sealed(utf8.encode(`${JSON.stringify({ version: migrations.length, seal: unsealed, ...record }, undefined, indent)}\n`))
    .map((part) => new TextDecoder().decode(part))
    .join("");
