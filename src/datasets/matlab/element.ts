/**
 * Data elements of a MATLAB file, version 5: a tag of type and length, then so many bytes, then zeros to a multiple of eight. Up to four
 * bytes stand in the tag itself. Nothing is read beyond what is there, and nothing is allocated beyond what was read.
 */
import * as E from "fp-ts/lib/Either.js";

/** Types of data elements by their number in the format. */
export const types = {
  int8: 1,
  uint8: 2,
  int16: 3,
  uint16: 4,
  int32: 5,
  uint32: 6,
  single: 7,
  double: 9,
  int64: 12,
  uint64: 13,
  matrix: 14,
  compressed: 15,
  utf8: 16,
  utf16: 17,
  utf32: 18,
} as const;

export type TypeName = keyof typeof types;

const nameOf: ReadonlyMap<number, TypeName> = new Map(Object.entries(types).map(([name, number]) => [number, name as TypeName]));

/** Bytes in the byte order of their file. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
}

export interface Element extends Source {
  readonly type: TypeName;
  /** Where the next element begins, in the bytes that this one was read from. */
  readonly next: number;
}

/** Without a view: there are hundreds of thousands of tags, and a view of each would take longer than all else. */
const word = ({ bytes, littleEndian }: Source, at: number): number => {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return (littleEndian ? a | (b << 8) | (c << 16) | (d << 24) : d | (c << 8) | (b << 16) | (a << 24)) >>> 0;
};

const padded = (length: number): number => 8 * Math.ceil(length / 8);

/** The element at `at`. Left: why there is none. */
export const elementAt = (source: Source, at: number): E.Either<string, Element> => {
  const { bytes, littleEndian } = source;
  if (at + 8 > bytes.length) return E.left("it ends in the middle of an element");
  const first = word(source, at);
  const small = first >>> 16;
  const [number, length, begin] = small === 0 ? [first, word(source, at + 4), at + 8] : [first & 0xffff, small, at + 4];
  const type = nameOf.get(number);
  if (type === undefined) return E.left(`an element of unknown type ${number}`);
  if (small > 4) return E.left(`a short element that claims ${small} bytes, of which it has 4`);
  if (begin + length > bytes.length) return E.left(`an element that claims ${length} bytes, of which ${bytes.length - begin} are there`);
  // Compressed elements, and the last of all, have no zeros behind them.
  const next = small !== 0 ? at + 8 : begin + (type === "compressed" ? length : padded(length));
  return E.right({ type, bytes: bytes.subarray(begin, begin + length), littleEndian, next });
};

type Get = (view: DataView, at: number, littleEndian: boolean) => number;

const numeric: Partial<Record<TypeName, readonly [size: number, get: Get]>> = {
  int8: [1, (view, at) => view.getInt8(at)],
  uint8: [1, (view, at) => view.getUint8(at)],
  int16: [2, (view, at, little) => view.getInt16(at, little)],
  uint16: [2, (view, at, little) => view.getUint16(at, little)],
  int32: [4, (view, at, little) => view.getInt32(at, little)],
  uint32: [4, (view, at, little) => view.getUint32(at, little)],
  single: [4, (view, at, little) => view.getFloat32(at, little)],
  double: [8, (view, at, little) => view.getFloat64(at, little)],
  int64: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  uint64: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};

/** The numbers of an element; 64-bit ones rounded to 53 bits. Left: it has none. */
export const numbersOf = (element: Element): E.Either<string, readonly number[]> => {
  const [size, get] = numeric[element.type] ?? [];
  if (size === undefined || get === undefined) return E.left(`an element of ${element.type} where numbers are due`);
  if (element.bytes.length % size !== 0) return E.left(`an element of ${element.type} with ${element.bytes.length} bytes`);
  const { bytes, littleEndian } = element;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: number[] = [];
  for (let at = 0; at < bytes.length; at += size) values.push(get(view, at, littleEndian));
  return E.right(values);
};

const utf32 = (element: Element): E.Either<string, readonly string[]> =>
  E.chain((codes: readonly number[]) =>
    codes.every((code) => code <= 0x10ffff) ? E.right(codes.map((code) => String.fromCodePoint(code))) : E.left("text of no characters"),
  )(numbersOf({ ...element, type: "uint32" }));

const utf8 = new TextDecoder();

/** The characters of an element: code units of 8 or 16 bits, or Unicode. */
export const charactersOf = (element: Element): E.Either<string, readonly string[]> => {
  switch (element.type) {
    case "utf8":
      return E.right([...utf8.decode(element.bytes)]);
    case "utf32":
      return utf32(element);
    case "utf16":
    case "uint16":
    case "uint8":
    case "int8":
      return E.map((units: readonly number[]) => units.map((unit) => String.fromCharCode(unit)))(
        numbersOf({ ...element, type: element.type === "utf16" ? "uint16" : element.type === "int8" ? "uint8" : element.type }),
      );
    default:
      return E.left(`an element of ${element.type} where text is due`);
  }
};
