/**
 * Comma-separated values: a line a vector, all of numbers. With a header the columns that are called `file` or `path` name the rows,
 * and those called `class` or `label` are passed over.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../faults/index.js";
import { type CsvRow, csvRows, textIn } from "../files/index.js";
import type { Matrix, MatrixFormat } from "./matrix.js";

const nameTitles = ["file", "path"];
const otherTitles = ["class", "label", "part"];

const numberIn = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

/** A first line without a number is a header. */
const isHeader = ({ fields }: CsvRow): boolean => fields.every((field) => Number.isNaN(numberIn(field)) && field.toLowerCase() !== "nan");

const matrixOf = (path: string, rows: readonly CsvRow[]): E.Either<Fault, Matrix> => {
  const [first] = rows;
  const header = first !== undefined && isHeader(first) ? first.fields.map((title) => title.trim().toLowerCase()) : undefined;
  const body = header === undefined ? rows : rows.slice(1);
  const width = body[0]?.fields.length ?? 0;
  const name = header?.findIndex((title) => nameTitles.includes(title)) ?? -1;
  const columns = Array.from({ length: width }, (_, column) => column).filter(
    (column) => column !== name && !otherTitles.includes(header?.[column] ?? ""),
  );
  const data = new Float64Array(body.length * columns.length);
  const at = (line: number, what: string): E.Either<Fault, Matrix> => E.left(failed(what, { where: `${path}, line ${line}` }));
  for (const [row, { line, fields }] of body.entries()) {
    if (fields.length !== width) return at(line, `has ${fields.length} fields, where the lines before have ${width}`);
    for (const [index, column] of columns.entries()) {
      const text = fields[column] ?? "";
      const value = numberIn(text);
      if (Number.isNaN(value) && text.trim().toLowerCase() !== "nan") return at(line, `"${text}" in column ${column + 1} is no number`);
      data[row * columns.length + index] = value;
    }
  }
  return E.right({
    rows: body.length,
    columns: columns.length,
    data,
    ...(name < 0 ? {} : { names: body.map(({ fields }) => fields[name] ?? "") }),
  });
};

export const csv: MatrixFormat = {
  about: "comma-separated numbers, a line a vector",
  decode: (path, bytes) =>
    pipe(
      csvRows(textIn(bytes), path),
      E.chain((rows) => matrixOf(path, rows)),
    ),
};
