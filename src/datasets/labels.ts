/** A table of labels: what each row of a matrix of vectors is of, its class, and where it is said the part that it plays. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { csvRows, readText } from "../files/index.js";
import { type Part, partNames } from "./description.js";

/** A row of a table of labels. */
export interface Label {
  /** What it is of: a picture's path. Undefined where the table does not say. */
  readonly file: string | undefined;
  readonly label: string;
  readonly part: Part | undefined;
}

/** The names that a column may have, the first being its own. */
const titles = { file: ["file", "path"], label: ["class", "label"], part: ["part", "split"] } as const;

const isPart = (text: string): text is Part => (partNames as readonly string[]).includes(text);

const placeOf = (header: readonly string[], names: readonly string[]): number => header.findIndex((title) => names.includes(title));

const tableOf = (path: string, text: string): E.Either<Fault, readonly Label[]> =>
  pipe(
    csvRows(text, path),
    E.chain(([first, ...rows]) => {
      const header = first?.fields.map((title) => title.trim().toLowerCase()) ?? [];
      const [file, label, part] = [placeOf(header, titles.file), placeOf(header, titles.label), placeOf(header, titles.part)];
      const refusedAt = (line: number, what: string): E.Either<Fault, readonly Label[]> =>
        E.left(failed(what, { where: `${path}, line ${line}` }));
      const refused = (what: string): E.Either<Fault, readonly Label[]> => E.left(failed(what, { where: path }));
      if (label < 0)
        return refused(
          `its first line has no column called class or label: it has ${header.length === 0 ? "none" : listed(header)}. Begin it with file,class or file,class,part`,
        );
      const found: Label[] = [];
      for (const { line, fields } of rows) {
        if (fields.length !== header.length)
          return refusedAt(line, `has ${fields.length} fields, where the first line has ${header.length}`);
        const said = part < 0 ? undefined : fields[part]?.trim();
        if (said !== undefined && !isPart(said)) return refusedAt(line, `"${said}" is no part: use ${partNames.join(", ")}`);
        if (fields[label] === "") return refusedAt(line, `its class is empty`);
        found.push({ file: file < 0 ? undefined : fields[file], label: fields[label] ?? "", part: said });
      }
      return E.right(found);
    }),
  );

/** The labels of a file of comma-separated values whose first line names its columns: `file,class,part`, in any order. */
export const readLabels = (path: string): E.Either<Fault, readonly Label[]> =>
  pipe(
    readText(path),
    E.chain((text) => tableOf(path, text)),
  );
