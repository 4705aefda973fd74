/** `mdr index`: a folder's embeddings in an index that is kept up to date. */
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, misused } from "../faults/index.js";
import { type About, type Indexed, indexFolder, networkAt, shownPlace } from "../search/index.js";
import { exitCodes, finish } from "./finish.js";
import { withSettings } from "./options.js";
import { runFirst } from "./order.js";
import { print, say } from "./output.js";
import { barOf, note } from "./session.js";
import { interruption } from "./signals.js";
import { type Flags, openCheckpoint } from "./taken.js";

/** `2/4` */
const partOf = (text: unknown): E.Either<Fault, About["part"] | undefined> => {
  if (typeof text !== "string") return E.right(undefined);
  const [, number = 0, of = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  return number >= 1 && number <= of
    ? E.right({ number, of })
    : E.left(misused("use two whole numbers, the first from 1 to the second: 2/4", { where: `{part} ${text}` }));
};

const counted = (count: number, what: string): string => (count === 0 ? "" : `${count} ${what}`);

/** Only what there is something to say of. */
const summary = (place: string, { count, added, changed, forgotten, unchanged, leftOut }: Indexed): string =>
  [
    `${count} pictures in ${place}`,
    ...[
      counted(added.length, "added"),
      counted(changed.length, "changed"),
      counted(forgotten.length, "forgotten"),
      counted(unchanged, "as they were"),
      counted(leftOut.length, "left out"),
    ].filter((part) => part !== ""),
  ].join("; ");

const remarks = ({ leftOut, changing }: Indexed): readonly string[] => [
  ...(leftOut.length === 0
    ? []
    : [`left out ${leftOut.length} that cannot be used:${leftOut.map(({ path, why }) => `\n  ${path}: ${why}`).join("")}`]),
  ...(changing.length === 0
    ? []
    : [
        `${changing.length} were written to while they were read; index again to have them as they are now:${changing.map((file) => `\n  ${file}`).join("")}`,
      ]),
];

const index = async (run: string, folder: string, flags: Flags): Promise<E.Either<Fault, void>> => {
  const place = String(flags.db);
  const quiet = flags.json === true;
  const ready = pipe(
    E.Do,
    E.bind("part", () => partOf(flags.part)),
    E.bind("taken", () => openCheckpoint(run, flags)),
    E.bind("network", () => networkAt(run)),
  );
  if (E.isLeft(ready)) return ready;
  const { part, taken, network } = ready.right;
  if (!quiet) say(`looking at what is new in ${folder}`);
  const bar = barOf("indexing", { quiet });
  const signal = interruption();
  const result = await indexFolder(
    place,
    network,
    { ...taken.settings, folder, part, batch: undefined },
    {
      onProgress: (done, total) => bar.update(done, total),
      onEngine: (why) => (quiet ? undefined : say(why)),
      stopped: signal.requested,
    },
    { force: flags.force === true },
  )();
  bar.stop();
  signal.forget();
  if (E.isLeft(result)) return result;
  note(remarks(result.right));
  const { added, changed, ...rest } = result.right;
  print(
    quiet
      ? JSON.stringify({ db: shownPlace(place), ...rest, added: added.length, changed: changed.length }, null, 2)
      : summary(shownPlace(place), result.right),
  );
  return E.right(undefined);
};

export const indexCommand = (program: Command): Command =>
  withSettings(["maxPixels", "engine", "gpuMode"])(
    program
      .command("index <run> <folder>")
      .summary("keeps an index of a folder's photos, for `mdr search`")
      .description(
        "Embeds the photos of a folder that are new or changed, by their content, and forgets those that are gone. What is done is kept: " +
          "after a kill the same command goes on. Searches answer from the last whole index meanwhile. The folder may stand first, as with `mdr clean`.",
      )
      .addOption(
        new Option(
          "--db <place>",
          "where: a folder of its own, or postgres://user@host/database of a server with pgvector",
        ).makeOptionMandatory(),
      )
      .option("--part <k/n>", "only this share of the photos, by a hash of their paths: for several machines")
      .option("--force", "begin anew where the index is of another network or folder")
      .option("--json", "print JSON: added, changed and unchanged are numbers, forgotten, leftOut and changing lists"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr index runs/photos photos --db photos.db\n  mdr index runs/photos photos --db shard2.db --part 2/4\n${exitCodes}`,
    )
    .action((first: string, second: string, flags: Flags) => {
      const [run, folder] = runFirst(first, second);
      return finish(() => index(run, folder, flags));
    });
