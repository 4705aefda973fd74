/** CSV by RFC 4180: fields in quotes where they need them, line ends of any system. Strict: what is in doubt is refused, with its line. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed } from "../faults/index.js";

/** A row of a table. */
export interface CsvRow {
  /** Where it begins; the first is 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** Quoted wherever it must be. */
const written = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A line of these fields. */
export const csvLine = (fields: readonly string[]): string => `${fields.map(written).join(",")}\n`;

interface Field {
  readonly text: string;
  /** Behind the field. */
  readonly end: number;
}

const quoted = (text: string, at: number): E.Either<string, Field> => {
  let end = text.indexOf('"', at + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end < 0 ? E.left("a quote that is never closed") : E.right({ text: text.slice(at + 1, end).replaceAll('""', '"'), end: end + 1 });
};

const plain = (text: string, at: number): E.Either<string, Field> => {
  const stop = /[,"\n]|\r\n/g;
  stop.lastIndex = at;
  const end = stop.exec(text)?.index ?? text.length;
  return text[end] === '"' ? E.left("a quote within a field that does not begin with one") : E.right({ text: text.slice(at, end), end });
};

/** The rows of a text, empty lines left out; `where` names the file. Errors: quotes that do not fit. */
export const csvRows = (text: string, where: string): E.Either<Fault, readonly CsvRow[]> => {
  const rows: CsvRow[] = [];
  let fields: string[] = [];
  let line = 1;
  let began = 1;
  const endRow = (): void => {
    if (fields.length > 1 || fields[0] !== "") rows.push({ line: began, fields });
    fields = [];
    began = line;
  };
  const wrong = (what: string): E.Either<Fault, never> => E.left(failed(`has ${what}`, { where: `${where}, line ${line}` }));
  for (let at = 0; at < text.length || fields.length > 0; ) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at);
    if (E.isLeft(field)) return wrong(field.left);
    fields.push(field.right.text);
    const { end } = field.right;
    for (let next = text.indexOf("\n", at); next >= 0 && next < end; next = text.indexOf("\n", next + 1)) line += 1;
    const separator = /^(?:,|\r?\n|$)/.exec(text.slice(end, end + 2))?.[0];
    if (separator === undefined) return wrong("text behind a closing quote");
    at = end + separator.length;
    if (separator === ",") continue;
    if (separator !== "") line += 1;
    endRow();
  }
  return E.right(rows);
};
