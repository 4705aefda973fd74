/** From what a pickle describes to tensors: every one that dictionaries and lists hold, by its path, read out of its storage. */
import * as E from "fp-ts/lib/Either.js";
import { type Shape, sizeOf, stridedPlace, type Tensor } from "../../tensor/index.js";
import { numbersAt, numberTypes, roomFor } from "../numberTypes.js";
import { isOf, type Storage, type StoredTensor, type Value } from "./value.js";

/** The bytes that a storage's key is filed under, or what is wrong with them. */
export type BytesOf = (storage: Storage) => E.Either<string, Uint8Array>;

/** Deeper than any checkpoint, and values looked at in all: one dictionary in another many times over is a trap. */
const deepest = 8;
const mostValues = 2 ** 20;

type Named = readonly [name: string, tensor: StoredTensor];

/** The tensors below a value, each by the keys that lead to it, joined by points. */
const tensorsBelow = (root: Value): E.Either<string, readonly Named[]> => {
  const found: Named[] = [];
  const waiting: { readonly path: readonly string[]; readonly value: Value }[] = [{ path: [], value: root }];
  let looked = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value } = next;
    if (isOf("tensor", value)) found.push([path.join("."), value]);
    const inside = isOf("dict", value) ? value.entries : isOf("list", value) || isOf("tuple", value) ? value.items.entries() : [];
    const below: { readonly path: readonly string[]; readonly value: Value }[] = [];
    for (const [key, held] of inside) {
      looked += 1;
      if (looked > mostValues || path.length > deepest) return E.left("its values are nested too deep, or there are too many");
      if (typeof held === "object" && (typeof key === "string" || typeof key === "number"))
        below.push({ path: [...path, String(key)], value: held });
    }
    for (const one of below.toReversed()) waiting.push(one);
  }
  return E.right(found);
};

const packed = (shape: Shape, strides: readonly number[]): boolean =>
  shape.every((length, axis) => length === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));

/** The numbers of a view, row-major. */
const readView = (bytes: Uint8Array, { storage, offset, shape, strides }: StoredTensor): Tensor => {
  const { width, read } = numberTypes[storage.type];
  const begin = storage.start + offset;
  if (packed(shape, strides)) return { shape, data: numbersAt(storage.type, bytes, begin * width, sizeOf(shape)) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = roomFor(storage.type, sizeOf(shape));
  for (let flat = 0; flat < data.length; flat++) data[flat] = read(view, (begin + stridedPlace(shape, strides, flat)) * width);
  return { shape, data };
};

/**
 * Every tensor below a value. Together they hold at most `most` numbers, however often they show the same storage, and none reaches
 * beyond the bytes that are there.
 */
export const tensorsIn = (root: Value, bytesOf: BytesOf, most: number): E.Either<string, readonly (readonly [string, Tensor])[]> => {
  const found = tensorsBelow(root);
  if (E.isLeft(found)) return found;
  const total = found.right.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  if (total > most) return E.left(`its tensors claim ${total} numbers, more than a file of its size has`);
  const tensors: (readonly [string, Tensor])[] = [];
  for (const [name, stored] of found.right) {
    const { storage } = stored;
    const bytes = bytesOf(storage);
    if (E.isLeft(bytes)) return E.left(`"${name}": ${bytes.left}`);
    const needed = (storage.start + storage.count) * numberTypes[storage.type].width;
    if (needed > bytes.right.length) return E.left(`"${name}": its storage has ${bytes.right.length} bytes of ${needed}`);
    tensors.push([name, readView(bytes.right, stored)]);
  }
  return E.right(tensors);
};
