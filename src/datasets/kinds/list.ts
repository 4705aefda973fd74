/**
 * A list of one's own: a CSV of columns `path`, `label` and, where the division is one's own too, `part`. Without parts the first classes
 * train, as with class folders. Paths are below the list's folder.
 */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../../faults/index.js";
import { type CsvRow, csvRows, readAtMost, textIn } from "../../files/index.js";
import { suggestion } from "../../settings/index.js";
import { classesOfBoth, type Description, datasetKind, type Item, type Part, partNames } from "../description.js";
import { mostListBytes, type Named, present, sound } from "../published.js";
import { groupedByClass, sharedOut, shareSettings } from "../shares.js";

const usualName = "list.csv";
const columns = ["path", "label", "part"] as const;
const layout = `the list is a CSV file with a header and the columns path, label and, where you divide yourself, part (${partNames.join(", ")})`;

/** The list itself, or a folder with one of the usual name. */
const listAt = (data: string): string => (statSync(data, { throwIfNoEntry: false })?.isDirectory() === true ? join(data, usualName) : data);

/** Where each column is in the rows; -1 for a part that nobody gave. */
type Places = Readonly<Record<(typeof columns)[number], number>>;

const placesOf = (file: string, header: CsvRow | undefined): E.Either<Fault, Places> => {
  const names = header?.fields.map((name) => name.trim()) ?? [];
  const unknown = names.find((name) => !columns.some((column) => column === name));
  const lacking = columns.filter((column) => column !== "part" && !names.includes(column));
  const what =
    lacking.length > 0
      ? `has no column ${lacking.join(" and no column ")} in its first line`
      : unknown !== undefined
        ? `has a column "${unknown}" that means nothing here; ${suggestion(unknown, columns)}`
        : new Set(names).size < names.length
          ? "has a column twice"
          : undefined;
  return what === undefined
    ? E.right({ path: names.indexOf("path"), label: names.indexOf("label"), part: names.indexOf("part") })
    : E.left(failed(what, { where: file, remedy: layout }));
};

const rowOf = (file: string, places: Places, width: number, { line, fields }: CsvRow): E.Either<Fault, Named> => {
  const [path = "", label = "", part = "test"] = columns.map((column) => fields[places[column]]);
  const what =
    fields.length !== width
      ? `${fields.length} fields where the header has ${width}`
      : label.trim() === ""
        ? "a picture without a label"
        : !partNames.some((known) => known === part)
          ? `the part "${part}"; ${suggestion(part, partNames)}`
          : undefined;
  return what === undefined
    ? E.right({ item: { path, label: label.normalize("NFC"), part: part as Part }, place: `line ${line}` })
    : E.left(failed(`has ${what}`, { where: `${file}, line ${line}` }));
};

/** Queries look in the gallery where there is one; pictures that test look among each other. */
const searchable = (file: string, items: readonly Item[]): E.Either<Fault, void> => {
  const given = new Set(items.map(({ part }) => part));
  return given.has("query") === given.has("gallery") && !(given.has("query") && given.has("test"))
    ? E.right(undefined)
    : E.left(
        failed(`has the parts ${[...given].join(", ")}: give what is searched as query and gallery, or as test`, {
          where: file,
        }),
      );
};

const itemsOf = (
  file: string,
  [header, ...rows]: readonly CsvRow[],
): E.Either<Fault, { readonly items: readonly Item[]; readonly own: boolean }> =>
  pipe(
    placesOf(file, header),
    E.bindTo("places"),
    E.bind("named", ({ places }) => E.traverseArray((row: CsvRow) => rowOf(file, places, header?.fields.length ?? 0, row))(rows)),
    E.bind("items", ({ named }) => sound(file, named)),
    E.chainFirst(({ items, places }) => (places.part < 0 ? E.right(undefined) : searchable(file, items))),
    E.map(({ items, places }) => ({ items, own: places.part >= 0 })),
  );

export const kind = datasetKind(
  "a CSV of your own: path,label,part (list.csv in the folder, or the file itself)",
  shareSettings,
  (data, settings): E.Either<Fault, Description> => {
    const file = listAt(data);
    const root = dirname(file);
    return pipe(
      readAtMost(file, mostListBytes),
      E.mapLeft((fault) => failed(fault.what, { where: file, remedy: layout })),
      E.chain((bytes) => csvRows(textIn(bytes), file)),
      E.chain((rows) => itemsOf(file, rows)),
      E.bind("found", ({ items }) => present(root, items, `paths are below the folder of ${file}`)),
      E.bind("division", ({ found, own }) =>
        own ? E.right({ items: found.items, partWarnings: classesOfBoth(found.items) }) : sharedOut(groupedByClass(found.items), settings),
      ),
      E.map(({ found: { leftOut }, division }) => ({ name: file, root, leftOut, warnings: [], ...division })),
    );
  },
);
