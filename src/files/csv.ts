/** Comma-separated values as RFC 4180 has them: fields in quotes may hold commas, line ends and doubled quotes. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed } from "../faults/index.js";

/** A row, and the line of the file that it begins on, 1 being the first. */
export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field, in quotes or without, and what ends it. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** Quoted wherever it must be. */
const written = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A line of these fields. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(written).join(",")}\n`;

/** All rows but empty ones. Errors: a quote that is not closed, or that stands within a field. */
export const parseCsv = (path: string, text: string): E.Either<Fault, readonly CsvRow[]> => {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let begun = 1;
  field.lastIndex = 0;
  while (field.lastIndex < text.length || fields.length > 0) {
    const found = field.exec(text);
    if (found === null) return E.left(failed(`line ${line}: a quote stands where none can, or is not closed`, { where: path }));
    const [whole, quoted, plain = "", end] = found;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0;
    if (end === ",") continue;
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: begun, fields });
    fields = [];
    begun = line;
  }
  return E.right(rows);
};
