/** `mdr duplicates`: pictures that are there more than once, as exact copies, near copies, or merely similar. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { gatheredUnder } from "../evaluate/index.js";
import { type Fault, misused } from "../faults/index.js";
import { alikeLooks } from "../pictures/index.js";
import { type Looks, looksOf, type Seen } from "../store/index.js";
import { exitCodes, finish } from "./finish.js";
import { type Limit, limitAsked, limitText, usualLimit } from "./meaning.js";
import { settingsFrom, withSettings } from "./options.js";
import { counted, print } from "./output.js";
import { openPhotos, picturesIn, seesPhotos } from "./photos.js";
import { barOf, leftOutNote, note, type Speech } from "./session.js";
import { embeddingsOf, type Flags, openCheckpoint, type Taken } from "./taken.js";

/** The first of a group, and the others with how far they are from it. */
interface Group<Measure> {
  readonly file: string;
  readonly others: readonly ({ readonly file: string } & Measure)[];
}

/** Files of the same bytes, each group in order. */
const exactIn = (seen: readonly Seen[]): readonly (readonly Seen[])[] => {
  const byHash = new Map<string, Seen[]>();
  for (const one of seen) byHash.set(one.hash, [...(byHash.get(one.hash) ?? []), one]);
  return [...byHash.values()];
};

const bitsOf = (a: bigint, b: bigint): number => [...(a ^ b).toString(2)].filter((bit) => bit === "1").length;

interface Near {
  readonly groups: readonly Group<{ readonly bits: number }>[];
  /** One of each group, and those that are in none, in order. */
  readonly rest: readonly string[];
}

const nearIn = (distinct: readonly Seen[], radius: number): Near => {
  const looked = distinct.flatMap(({ file, look }) => (look === undefined ? [] : [{ file, look }]));
  const groups = alikeLooks(
    looked.map(({ look }) => look),
    radius,
  ).map((group): Group<{ readonly bits: number }> => {
    const [first, ...others] = group.flatMap((index) => looked[index] ?? []);
    return {
      file: first?.file ?? "",
      others: others.map(({ file, look }) => ({ file, bits: bitsOf(first?.look ?? 0n, look) })),
    };
  });
  const copies = new Set(groups.flatMap(({ others }) => others.map(({ file }) => file)));
  return { groups, rest: distinct.map(({ file }) => file).filter((file) => !copies.has(file)) };
};

type Similar = readonly Group<{ readonly distance: number }>[];

/** Of pictures that are no copies of each other, those that are nearer than the limit to the first of their group. */
const similarIn = (taken: Taken, files: readonly string[], limit: Limit, speech: Speech): TE.TaskEither<Fault, Similar> =>
  pipe(
    openPhotos(taken.settings, { files, passedOver: [] }, speech),
    TE.chain((photos) => async () => {
      const embeddings = await embeddingsOf(taken, photos, speech)();
      await photos.close();
      const bar = barOf("comparing", speech);
      const named = (row: number): string => photos.files[row] ?? "";
      const groups = E.map((all: Parameters<typeof gatheredUnder>[0]) =>
        gatheredUnder(all, limit.distance, bar.update).map(({ first, others }) => ({
          file: named(first),
          others: others.map(({ row, distance }) => ({ file: named(row), distance })),
        })),
      )(embeddings);
      bar.stop();
      return groups;
    }),
  );

interface Result {
  readonly looks: Looks;
  readonly exact: readonly (readonly Seen[])[];
  readonly near: Near["groups"];
  readonly similar?: { readonly limit: Limit; readonly groups: Similar };
}

const groupLines = <Measure>(groups: readonly Group<Measure>[], shown: (one: Measure) => string): readonly string[] =>
  groups.flatMap(({ file, others }) => [`  ${file}`, ...others.map((one) => `    ${one.file}  ${shown(one)}`)]);

const told = ({ looks, exact, near, similar }: Result, radius: number): string =>
  [
    `${looks.seen.length} pictures${leftOutNote(looks)}`,
    `exact copies, the same bytes: ${counted(exact.length, "group")}`,
    ...exact.flatMap(([first, ...others]) => [`  ${first?.file ?? ""}`, ...others.map(({ file }) => `    ${file}`)]),
    `near copies, ${radius} bits of 64 or fewer apart: ${counted(near.length, "group")}`,
    ...groupLines(near, ({ bits }) => `${bits} bits`),
    ...(similar === undefined
      ? []
      : [
          `similar: ${counted(similar.groups.length, "group")}; ${limitText(similar.limit)}`,
          ...groupLines(similar.groups, ({ distance }) => distance.toFixed(4)),
        ]),
  ].join("\n");

const asJson = (folder: string, { looks, exact, near, similar }: Result, radius: number): string =>
  JSON.stringify(
    {
      folder,
      pictures: looks.seen.length,
      radius,
      exact: exact.map((group) => group.map(({ file }) => file)),
      near,
      ...(similar === undefined ? {} : { limit: similar.limit, similar: similar.groups }),
      ...(looks.leftOut.length === 0 ? {} : { leftOut: looks.leftOut }),
    },
    null,
    2,
  );

const radiusIn = ({ radius = "6" }: Flags): E.Either<Fault, number> => {
  const bits = Number(radius);
  return Number.isInteger(bits) && bits >= 0 && bits <= 16
    ? E.right(bits)
    : E.left(misused("use a whole number of bits, 0 to 16", { where: `{radius} ${String(radius)}` }));
};

/** The run, and how near is similar. */
const runOf = (path: string | undefined, flags: Flags): E.Either<Fault, { readonly taken: Taken; readonly limit: Limit } | undefined> =>
  path === undefined
    ? flags.under === undefined && flags.falseMatches === undefined
      ? E.right(undefined)
      : E.left(misused("distances are of a run's embeddings: give its folder behind that of the photos"))
    : pipe(
        openCheckpoint(path, flags),
        E.bindTo("taken"),
        E.tap(({ taken }) => seesPhotos(taken.settings, path)),
        E.bind("asked", ({ taken }) => limitAsked(taken, flags)),
        E.bind("limit", ({ taken, asked }) => (asked === undefined ? usualLimit(taken, true) : E.right(asked))),
        E.map(({ taken, limit }) => ({ taken, limit })),
      );

const duplicates = (folder: string, path: string | undefined, flags: Flags): TE.TaskEither<Fault, void> => {
  const speech = { quiet: flags.json === true };
  return pipe(
    TE.Do,
    TE.bind("radius", () => TE.fromEither(radiusIn(flags))),
    TE.bind("run", () => TE.fromEither(runOf(path, flags))),
    TE.bind("settings", ({ run }) => TE.fromEither(run === undefined ? settingsFrom(flags) : E.right(run.taken.settings))),
    TE.bind("found", () => TE.fromEither(picturesIn(folder))),
    TE.bind("looks", ({ settings, found }) => async () => {
      const bar = barOf("looking", speech);
      const looks = await looksOf(settings, found.files, { onProgress: ({ done, total }) => bar.update(done, total) }, found.passedOver)();
      bar.stop();
      if (E.isRight(looks)) note(looks.right.warnings);
      return looks;
    }),
    TE.bind("result", ({ radius, run, looks }) => {
      const byBytes = exactIn(looks.seen);
      const { groups, rest } = nearIn(
        byBytes.flatMap(([first]) => first ?? []),
        radius,
      );
      const result: Result = { looks, exact: byBytes.filter(({ length }) => length > 1), near: groups };
      return run === undefined || rest.length === 0
        ? TE.right(result)
        : pipe(
            similarIn(run.taken, rest, run.limit, speech),
            TE.map((similar): Result => ({ ...result, similar: { limit: run.limit, groups: similar } })),
          );
    }),
    TE.chainIOK(
      ({ radius, result }) =>
        () =>
          print(speech.quiet ? asJson(folder, result, radius) : told(result, radius)),
    ),
  );
};

export const duplicatesCommand = (program: Command): Command =>
  withSettings(["strict", "maxPixels", "engine", "gpuMode"])(
    program
      .command("duplicates <folder> [checkpoint]")
      .summary("pictures that are there more than once, exactly, nearly, or by a run's distances")
      .description(
        "Finds exact copies by their bytes, near copies (another size, encoding or brightness) by a hash of how they look, and, with a run, pictures that are similar in its embedding. Each picture is told once, at the first of the three; nothing is removed.",
      )
      .option("--radius <bits>", "how many of the hash's 64 bits may differ in a near copy, 0 to 16 [6]")
      .option("--under <distance>", "similar is what is nearer than this")
      .option("--false-matches <rate>", "similar is what is within the run's threshold for this share of false matches [its strictest]")
      .option("--json", "print JSON"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr duplicates photos\n  mdr duplicates photos runs/photos\n  mdr duplicates photos runs/photos --false-matches 0.01 --json\n${exitCodes}`,
    )
    .action((folder: string, path: string | undefined, flags: Flags) => finish(duplicates(folder, path, flags)));
