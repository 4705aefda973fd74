/**
 * The safetensors format: eight bytes with the header's length (little-endian), a JSON header
 * `{name: {dtype, shape, data_offsets}, "__metadata__": {..}}`, then the numbers, row-major, little-endian.
 */
import * as E from "fp-ts/lib/Either.js";
import { contentOf } from "../faults/index.js";
import { type Named, type Shape, showShape, sizeOf, type Tensor } from "../tensor/index.js";
import { type NumberTypeName, numbersAt, numberTypes } from "./numberTypes.js";

/** What files are written in; others are read too. */
export type Precision = "F32" | "F64";

export interface TensorFile {
  readonly tensors: Named<Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const longestHeader = 100_000_000;

const utf8 = new TextEncoder();

/** What stands before the numbers of tensors of these shapes, which follow in the same order. */
export const encodeHeader = (shapes: Named<Shape>, metadata: TensorFile["metadata"], precision: Precision): Uint8Array => {
  const entries = Object.entries(shapes);
  const ends = entries.reduce<readonly number[]>(
    (sums, [, shape]) => [...sums, (sums.at(-1) ?? 0) + sizeOf(shape) * numberTypes[precision].width],
    [],
  );
  const header = Object.fromEntries(
    entries.map(([name, shape], index) => [name, { dtype: precision, shape, data_offsets: [ends[index - 1] ?? 0, ends[index] ?? 0] }]),
  );
  const json = utf8.encode(JSON.stringify({ __metadata__: metadata, ...header }));
  const padding = (8 - (json.length % 8)) % 8;
  const bytes = new Uint8Array(8 + json.length + padding).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length + padding), true);
  bytes.set(json, 8);
  return bytes;
};

/** Numbers as such a file has them. F64 keeps float64 engines exact; F32 is all that the others compute in. */
export const encodeNumbers = (numbers: ArrayLike<number>, precision: Precision): Uint8Array => {
  const { width } = numberTypes[precision];
  const bytes = new Uint8Array(numbers.length * width);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < numbers.length; index++) {
    if (width === 8) view.setFloat64(index * width, numbers[index] as number, true);
    else view.setFloat32(index * width, numbers[index] as number, true);
  }
  return bytes;
};

/** The bytes of a file holding these tensors. */
export const encodeTensors = ({ tensors, metadata }: TensorFile, precision: Precision): Uint8Array => {
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
  const parts = [encodeHeader(shapes, metadata, precision), ...Object.values(tensors).map(({ data }) => encodeNumbers(data, precision))];
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  parts.reduce((offset, part) => {
    bytes.set(part, offset);
    return offset + part.length;
  }, 0);
  return bytes;
};

interface Entry {
  readonly dtype: NumberTypeName;
  readonly shape: Shape;
  readonly data_offsets: readonly [number, number];
}

const isEntry = (value: unknown): value is Entry => {
  const entry = value as Partial<Entry> | null;
  return (
    typeof entry === "object" &&
    entry !== null &&
    typeof entry.dtype === "string" &&
    Object.hasOwn(numberTypes, entry.dtype) &&
    Array.isArray(entry.shape) &&
    entry.shape.every((length) => Number.isSafeInteger(length) && length >= 0) &&
    Array.isArray(entry.data_offsets) &&
    entry.data_offsets.length === 2 &&
    entry.data_offsets.every((offset) => Number.isInteger(offset) && offset >= 0)
  );
};

const isMetadata = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === "string");

/** What is wrong with the tensors' places: together they must cover the numbers exactly, none over another and no gap. */
const misplaced = (entries: readonly (readonly [string, Entry])[], length: number): string | undefined => {
  const inOrder = [...entries].sort(([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1]);
  const end = inOrder.reduce<number | string>(
    (
      before,
      [
        key,
        {
          data_offsets: [from, to],
        },
      ],
    ) => {
      if (typeof before === "string" || from === before) return typeof before === "string" ? before : to;
      return from < before ? `"${key}" overlaps the tensor before it` : `${from - before} bytes before "${key}" belong to no tensor`;
    },
    0,
  );
  if (typeof end === "string") return end;
  return end === length ? undefined : `${length - end} bytes after the last tensor belong to none`;
};

const brokenIn =
  (name: string) =>
  (what: string): E.Either<string, never> =>
    E.left(`${name}: ${what}; the file is damaged or not a safetensors file: use another checkpoint`);

/** A file's beginning: its metadata, its entries as they stand there, and where the numbers begin. */
const headIn = (name: string, bytes: Uint8Array) => {
  const broken = brokenIn(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** Where not even the header's length makes sense, it is a file of another kind more likely than a damaged one. */
  const unlike = (what: string) => {
    const content = contentOf(bytes);
    return content === undefined || content === "empty" || content === "a safetensors file"
      ? broken(what)
      : E.left(`${name}: is ${content} by its content, and no safetensors file: use another file`);
  };
  if (bytes.length < 8) return unlike(`only ${bytes.length} bytes long`);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > longestHeader || 8 + headerLength > bytes.length)
    return unlike(`a header of ${headerLength} bytes in a file of ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch {
    return broken("its header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) return broken("its header is not an object");
  const { __metadata__: metadata = {}, ...rest } = header as Record<string, unknown>;
  if (!isMetadata(metadata)) return broken("its metadata is not a record of texts");
  return E.right({ metadata, rest, start: 8 + headerLength });
};

/** What such a file says of itself, without reading its numbers. */
export const decodeMetadata = (name: string, bytes: Uint8Array): E.Either<string, TensorFile["metadata"]> =>
  E.map(({ metadata }: { readonly metadata: TensorFile["metadata"] }) => metadata)(headIn(name, bytes));

/** Reads such a file; `name` says in errors which one it is. */
export const decodeTensors = (name: string, bytes: Uint8Array): E.Either<string, TensorFile> => {
  const head = headIn(name, bytes);
  if (E.isLeft(head)) return head;
  const broken = brokenIn(name);
  const { metadata, rest, start } = head.right;
  const entries: (readonly [string, Entry])[] = [];
  for (const [key, entry] of Object.entries(rest)) {
    if (!isEntry(entry)) return broken(`"${key}" is not a tensor of ${Object.keys(numberTypes).join(", ")}`);
    const [from, to] = entry.data_offsets;
    const needed = sizeOf(entry.shape) * numberTypes[entry.dtype].width;
    if (to - from !== needed) return broken(`"${key}" of ${showShape(entry.shape)} needs ${needed} bytes and has ${to - from}`);
    if (start + to > bytes.length) return broken(`"${key}" reaches past the end`);
    entries.push([key, entry]);
  }
  const wrong = misplaced(entries, bytes.length - start);
  if (wrong !== undefined) return broken(wrong);
  const tensors = entries.map(
    ([
      key,
      {
        dtype,
        shape,
        data_offsets: [from],
      },
    ]): readonly [string, Tensor] => [key, { shape, data: numbersAt(dtype, bytes, start + from, sizeOf(shape)) }],
  );
  return E.right({ tensors: Object.fromEntries(tensors), metadata });
};
