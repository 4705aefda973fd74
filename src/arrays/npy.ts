/**
 * NumPy's format for one array, versions 1 to 3: the magic bytes, two of version, the header's length, a header such as
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3788, 480), }`, then the numbers.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { contentOf, type Fault, failed } from "../faults/index.js";
import { halfOf } from "../weights/index.js";
import type { Matrix, MatrixFormat } from "./matrix.js";

const magic = "\x93NUMPY";

type Read = (view: DataView, at: number, little: boolean) => number;

interface Kind {
  readonly bytes: number;
  readonly read: Read;
  /** Whether a float32 holds every value. */
  readonly narrow: boolean;
}

/** By what follows the byte order in `descr`. */
const kinds: Readonly<Record<string, Kind>> = {
  f2: { bytes: 2, read: (view, at, little) => halfOf(view.getUint16(at, little)), narrow: true },
  f4: { bytes: 4, read: (view, at, little) => view.getFloat32(at, little), narrow: true },
  f8: { bytes: 8, read: (view, at, little) => view.getFloat64(at, little), narrow: false },
  u1: { bytes: 1, read: (view, at) => view.getUint8(at), narrow: true },
  i1: { bytes: 1, read: (view, at) => view.getInt8(at), narrow: true },
  u2: { bytes: 2, read: (view, at, little) => view.getUint16(at, little), narrow: true },
  i2: { bytes: 2, read: (view, at, little) => view.getInt16(at, little), narrow: true },
  u4: { bytes: 4, read: (view, at, little) => view.getUint32(at, little), narrow: false },
  i4: { bytes: 4, read: (view, at, little) => view.getInt32(at, little), narrow: false },
};

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly start: number;
}

const headerIn = (bytes: Uint8Array): Header | undefined => {
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== magic) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = (bytes[6] ?? 0) >= 2;
  const start = wide ? 12 + view.getUint32(8, true) : 10 + view.getUint16(8, true);
  if (start > bytes.length) return undefined;
  const text = new TextDecoder("latin1").decode(bytes.subarray(wide ? 12 : 10, start));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) return undefined;
  const lengths = shape
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(Number);
  return { descr, fortran: order === "True", shape: lengths, start };
};

const decode = (path: string, bytes: Uint8Array): E.Either<Fault, Matrix> => {
  const refused = (what: string, remedy = "save it anew with numpy.save"): E.Either<Fault, Matrix> =>
    E.left(failed(what, { where: path, remedy }));
  const header = headerIn(bytes);
  if (header === undefined) {
    const content = contentOf(bytes);
    return refused(
      content === undefined || content === "a NumPy array"
        ? "is damaged or no .npy file: its header cannot be read"
        : `is ${content} by its content, and no .npy file`,
    );
  }
  const { descr, fortran, shape, start } = header;
  const kind = kinds[descr.slice(1)];
  if (kind === undefined || !/^[<>|=]/.test(descr))
    return refused(`its numbers are of type ${descr}`, `save them as one of ${Object.keys(kinds).join(", ")}`);
  const [rows = 0, columns = 0] = shape;
  if (shape.length !== 2) return refused(`its shape has ${shape.length} axes`, "save a matrix: a row a picture");
  const count = rows * columns;
  if (start + count * kind.bytes !== bytes.length)
    return refused(
      `${rows} rows of ${columns} numbers of ${kind.bytes} bytes do not make the ${bytes.length - start} bytes that are there: it is damaged`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = kind.narrow ? new Float32Array(count) : new Float64Array(count);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const place = fortran ? column * rows + row : row * columns + column;
      data[row * columns + column] = kind.read(view, start + place * kind.bytes, descr[0] !== ">");
    }
  return E.right({ rows, columns, data });
};

/** What stands before a matrix of 32-bit floats: version 1, its numbers on a boundary of 64 bytes as NumPy writes them. */
export const npyHeader = (rows: number, columns: number): Uint8Array => {
  const said = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
  const padded = pipe(Math.ceil((10 + said.length + 1) / 64) * 64 - 10, (length) => `${said.padEnd(length - 1)}\n`);
  const bytes = Uint8Array.from(`${magic}\x01\x00\x00\x00${padded}`, (character) => character.charCodeAt(0));
  new DataView(bytes.buffer).setUint16(8, padded.length, true);
  return bytes;
};

export const npy: MatrixFormat = { about: "NumPy's format", decode };
