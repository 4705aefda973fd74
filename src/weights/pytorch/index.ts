/**
 * Files that PyTorch's `torch.save` writes: a zip archive (since 1.6), or the legacy format, some pickles and then the numbers. Both
 * hold a pickle that says what there is; it is read by a machine of our own that builds tensors and runs nothing.
 */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Tensor } from "../../tensor/index.js";
import { numberTypes } from "../numberTypes.js";
import { namedValue, storageAt } from "./allowed.js";
import { type Cursor, cursorOver, u8 } from "./operands.js";
import { type Rules, unpickled } from "./pickle.js";
import { tensorsIn } from "./tensors.js";
import { isOf, type Storage, type Value } from "./value.js";
import { type ZipFiles, zipFiles } from "./zip.js";

type Read = E.Either<string, readonly (readonly [string, Tensor])[]>;

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b;

/** A pickle begins with PROTO and its version. */
export const isPickle = (bytes: Uint8Array): boolean => bytes[0] === 0x80;

const utf8 = new TextDecoder();

const bigEndian = "its numbers are big-endian, which is not read: save it again on a usual machine";

const fileIn = (files: ZipFiles, name: string): E.Either<string, Uint8Array> => {
  const file = files.get(name);
  if (file === "compressed") return E.left(`"${name}" in its zip archive is compressed or encrypted, as torch.save never writes it`);
  return file === undefined ? E.left(`"${name}" is not in its zip archive`) : E.right(file);
};

/** ARCHIVE/data.pkl says what there is, ARCHIVE/data/KEY holds the numbers of each storage. */
export const zipTensors = (bytes: Uint8Array): Read => {
  const files = zipFiles(bytes);
  if (E.isLeft(files)) return files;
  const pickles = [...files.right.keys()].filter((name) => name.endsWith("/data.pkl"));
  const [pickle = ""] = pickles;
  const archive = pickle.slice(0, -"data.pkl".length);
  if (pickles.length !== 1)
    return E.left(`its zip archive is none that torch.save writes: there are ${pickles.length} files data.pkl in it`);
  if (files.right.has(`${archive}constants.pkl`))
    return E.left("it is a TorchScript program, which is not run: save its state_dict() with torch.save");
  const order = fileIn(files.right, `${archive}byteorder`);
  if (E.isRight(order) && utf8.decode(order.right).trim() !== "little") return E.left(bigEndian);
  return pipe(
    fileIn(files.right, pickle),
    E.chain((content) => unpickled(cursorOver(content), { named: namedValue, persistent: storageAt })),
    E.chain((value) => tensorsIn(value, ({ key }) => fileIn(files.right, `${archive}data/${key}`), bytes.length)),
  );
};

/** What a legacy file begins with, and the version that follows. */
const magic = 0x1950a86a20f9469cfc6cn;
const legacyVersion = 1001;

const noNames: Rules = {
  named: (module, name) => E.left(`it asks for ${module}.${name}`),
  persistent: () => E.left("it points outside itself"),
};

/** The bytes of each storage: a count of numbers and the numbers, in the order of the keys. */
const rowsAfter = (
  cursor: Cursor,
  keys: readonly Value[],
  storages: ReadonlyMap<string, Storage>,
): E.Either<string, Map<string, Uint8Array>> => {
  const rows = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = storages.get(String(key));
    if (storage === undefined) return E.left(`no tensor is of its storage ${String(key)}`);
    const count = u8(cursor);
    const length = (count ?? 0) * numberTypes[storage.type].width;
    if (count === undefined || cursor.at + length > cursor.bytes.length)
      return E.left("it ends before its numbers do: the file is cut short");
    rows.set(String(key), cursor.bytes.subarray(cursor.at, cursor.at + length));
    cursor.at += length;
  }
  return E.right(rows);
};

/** Five pickles (magic number, version, machine, object, keys of the storages), then the numbers. */
export const legacyTensors = (bytes: Uint8Array): Read => {
  const cursor = cursorOver(bytes);
  const first = unpickled(cursor, noNames);
  if (E.isLeft(first) || first.right !== magic)
    return E.left("it is a pickle and no file that torch.save writes: what a pickle asks for is not run");
  const version = unpickled(cursor, noNames);
  if (E.isLeft(version)) return version;
  if (version.right !== legacyVersion) return E.left(`it is of version ${String(version.right)}; ${legacyVersion} can be read`);
  const machine = unpickled(cursor, noNames);
  if (E.isLeft(machine)) return machine;
  if (isOf("dict", machine.right) && machine.right.entries.get("little_endian") === false) return E.left(bigEndian);
  const storages = new Map<string, Storage>();
  const object = unpickled(cursor, {
    named: namedValue,
    persistent: (id) =>
      E.map((value: Value) => {
        if (isOf("storage", value)) storages.set(value.key, value);
        return value;
      })(storageAt(id)),
  });
  if (E.isLeft(object)) return object;
  const keys = unpickled(cursor, noNames);
  if (E.isLeft(keys)) return keys;
  if (!isOf("list", keys.right)) return E.left("it has no list of its storages");
  const rows = rowsAfter(cursor, keys.right.items, storages);
  if (E.isLeft(rows)) return rows;
  const bytesOf = ({ key }: Storage): E.Either<string, Uint8Array> =>
    E.fromNullable(`its storage ${key} is not in the file`)(rows.right.get(key));
  return tensorsIn(object.right, bytesOf, bytes.length);
};
