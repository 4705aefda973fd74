/** Matrices of a MATLAB file: numbers, text, cells and structs, one within the other. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { charactersOf, type Element, elementAt, numbersOf } from "./element.js";
import type { MatValue } from "./value.js";

export interface Variable {
  readonly name: string;
  readonly value: MatValue;
}

type Read<A> = E.Either<string, A>;

/** Classes of arrays by their number in the format. */
const [cell, struct, char, firstNumeric, lastNumeric] = [1, 2, 4, 6, 15] as const;
const refusedClasses: Readonly<Record<number, string>> = { 3: "an object", 5: "a sparse matrix", 16: "a function", 17: "an object" };
const complexFlag = 0x800;

const deepest = 16;
const mostDimensions = 8;

/** What an empty place of a cell or a struct holds. */
const nothing: Variable = { name: "", value: { kind: "numbers", shape: [0, 0], values: [] } };

const latin = new TextDecoder("latin1");
const textOf = ({ bytes }: Element): string => latin.decode(bytes);

/** What stands at the head of every matrix. */
interface Header {
  readonly flags: number;
  readonly shape: readonly number[];
  readonly name: string;
  /** Where the content begins. */
  readonly at: number;
}

const shapeOf = (dimensions: readonly number[]): Read<readonly number[]> =>
  dimensions.length >= 2 && dimensions.length <= mostDimensions && dimensions.every((length) => length >= 0)
    ? E.right(dimensions)
    : E.left(`a matrix of dimensions ${dimensions.slice(0, mostDimensions).join(" x ")}`);

const headerOf = (matrix: Element): Read<Header> => {
  const first = elementAt(matrix, 0);
  if (E.isLeft(first)) return first;
  const flags = numbersOf(first.right);
  if (E.isLeft(flags)) return flags;
  const second = elementAt(matrix, first.right.next);
  if (E.isLeft(second)) return second;
  const shape = E.chain(shapeOf)(numbersOf(second.right));
  if (E.isLeft(shape)) return shape;
  return E.map((third: Element) => ({ flags: flags.right[0] ?? 0, shape: shape.right, name: textOf(third), at: third.next }))(
    elementAt(matrix, second.right.next),
  );
};

const countOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Numbers or characters that are as many as the shape says. */
const filled = <A>(shape: readonly number[], values: readonly A[]): Read<readonly A[]> =>
  values.length === countOf(shape) ? E.right(values) : E.left(`a matrix of ${shape.join(" x ")} with ${values.length} values`);

const rowsOf = ([height = 0, ...widths]: readonly number[], characters: readonly string[]): readonly string[] =>
  countOf(widths) === 0
    ? [""]
    : Array.from({ length: height }, (_, row) =>
        Array.from({ length: countOf(widths) }, (__, column) => characters[row + column * height] ?? "").join(""),
      );

/** So many matrices, one behind the other, from `at` on: each takes eight bytes at least, so that no claim is believed beyond that. */
const matricesAt = (parent: Element, at: number, count: number, depth: number): Read<readonly MatValue[]> => {
  if (count > (parent.bytes.length - at) / 8) return E.left(`${count} values are claimed where there is room for fewer`);
  const values: MatValue[] = [];
  for (let next = at; values.length < count; ) {
    const element = elementAt(parent, next);
    if (E.isLeft(element)) return element;
    const read = matrixOf(element.right, depth);
    if (E.isLeft(read)) return read;
    values.push(read.right.value);
    next = element.right.next;
  }
  return E.right(values);
};

const fieldNames = (names: Element, [length = 0]: readonly number[]): Read<readonly string[]> => {
  if (!(length >= 1) || names.bytes.length % length !== 0) return E.left("a struct whose field names have no length");
  const read = Array.from({ length: names.bytes.length / length }, (_, index) =>
    textOf({ ...names, bytes: names.bytes.subarray(index * length, (index + 1) * length) }).replace(/\0.*$/s, ""),
  );
  return new Set(read).size === read.length ? E.right(read) : E.left("a struct with two fields of one name");
};

/** Values come struct by struct. */
const columnOf = (values: readonly MatValue[], field: number, width: number): readonly MatValue[] =>
  Array.from({ length: values.length / width }, (_, row) => values[row * width + field] ?? nothing.value);

const structsAt = (matrix: Element, { shape, at }: Header, depth: number): Read<MatValue> =>
  pipe(
    E.Do,
    E.bind("first", () => elementAt(matrix, at)),
    E.bind("length", ({ first }) => numbersOf(first)),
    E.bind("second", ({ first }) => elementAt(matrix, first.next)),
    E.bind("names", ({ second, length }) => fieldNames(second, length)),
    E.bind("values", ({ second, names }) => matricesAt(matrix, second.next, countOf(shape) * names.length, depth)),
    E.map(({ names, values }) => ({
      kind: "structs",
      shape,
      fields: new Map(names.map((name, field) => [name, columnOf(values, field, names.length)])),
    })),
  );

const contentOf = (matrix: Element, header: Header, depth: number): Read<MatValue> => {
  const { flags, shape, at } = header;
  const kind = flags & 0xff;
  const refused = refusedClasses[kind] ?? (flags & complexFlag ? "complex numbers" : undefined);
  if (refused !== undefined) return E.left(`${refused}, which is not read`);
  if (kind === cell)
    return E.map((cells: readonly MatValue[]): MatValue => ({ kind: "cells", shape, cells }))(
      matricesAt(matrix, at, countOf(shape), depth),
    );
  if (kind === struct) return structsAt(matrix, header, depth);
  if (kind !== char && (kind < firstNumeric || kind > lastNumeric)) return E.left(`an array of unknown class ${kind}`);
  const data = elementAt(matrix, at);
  if (E.isLeft(data)) return data;
  return kind === char
    ? E.map((characters: readonly string[]): MatValue => ({ kind: "text", shape, rows: rowsOf(shape, characters) }))(
        E.chain((characters: readonly string[]) => filled(shape, characters))(charactersOf(data.right)),
      )
    : E.map((values: readonly number[]): MatValue => ({ kind: "numbers", shape, values }))(
        E.chain((values: readonly number[]) => filled(shape, values))(numbersOf(data.right)),
      );
};

/** A matrix element as a variable; inside cells and structs it has no name. Left: why it cannot be read. */
export const matrixOf = (element: Element, depth = 0): Read<Variable> => {
  if (element.type !== "matrix") return E.left(`an element of ${element.type} where a matrix is due`);
  if (element.bytes.length === 0) return E.right(nothing);
  if (depth > deepest) return E.left(`values within values, more than ${deepest} deep`);
  const header = headerOf(element);
  if (E.isLeft(header)) return header;
  const value = contentOf(element, header.right, depth + 1);
  return E.isLeft(value) ? value : E.right({ name: header.right.name, value: value.right });
};
