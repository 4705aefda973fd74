/** The files in a zip archive as PyTorch writes it: none of them is compressed, so each is a run of the archive's own bytes. */
import * as E from "fp-ts/lib/Either.js";

const endMark = 0x06054b50;
const entryMark = 0x02014b50;
const localMark = 0x04034b50;
const end64Mark = 0x06064b50;
const locator64Mark = 0x07064b50;
const [endBytes, entryBytes, localBytes, locatorBytes, end64Bytes] = [22, 46, 30, 20, 56];
const longestComment = 65_535;
/** Files that an archive may have: a model has some hundreds of tensors. */
const mostFiles = 65_536;
const all16 = 0xffff;
const all32 = 0xffffffff;

const latin1 = new TextDecoder("latin1");

interface Directory {
  readonly count: number;
  readonly start: number;
}

const big = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));

/** Where the directory begins. Archives of 4 GiB or of 65,535 files say it in a second record before the last. */
const directoryOf = (bytes: Uint8Array, view: DataView): Directory | undefined => {
  for (let at = bytes.length - endBytes; at >= Math.max(0, bytes.length - endBytes - longestComment); at--) {
    if (view.getUint32(at, true) !== endMark) continue;
    const [count, start] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const locator = at - locatorBytes;
    const is64 = (count === all16 || start === all32) && locator >= 0 && view.getUint32(locator, true) === locator64Mark;
    const record = is64 ? big(view, locator + 8) : 0;
    if (!is64) return { count, start };
    return record + end64Bytes <= bytes.length && view.getUint32(record, true) === end64Mark
      ? { count: big(view, record + 32), start: big(view, record + 48) }
      : undefined;
  }
  return undefined;
};

/** The sizes and the place that a 64-bit extra field gives, in the order of those that are all ones in the entry itself. */
const widened = (view: DataView, from: number, to: number, values: readonly number[]): readonly number[] => {
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    const end = Math.min(to, at + 4 + view.getUint16(at + 2, true));
    let next = at + 4;
    return values.map((value) => {
      if (value !== all32 || next + 8 > end) return value;
      next += 8;
      return big(view, next - 8);
    });
  }
  return values;
};

export type ZipFiles = ReadonlyMap<string, Uint8Array | "compressed">;

/** By its name in the archive, the bytes of each file; those of one that is compressed or encrypted are not read. */
export const zipFiles = (bytes: Uint8Array): E.Either<string, ZipFiles> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = bytes.length < endBytes ? undefined : directoryOf(bytes, view);
  if (directory === undefined) return E.left("its zip archive has no directory: the file is cut short");
  if (directory.count > mostFiles) return E.left(`its zip archive has ${directory.count} files`);
  const files = new Map<string, Uint8Array | "compressed">();
  let at = directory.start;
  for (let index = 0; index < directory.count; index++) {
    if (at + entryBytes > bytes.length || view.getUint32(at, true) !== entryMark)
      return E.left("the directory of its zip archive is damaged");
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [number, number, number];
    const next = at + entryBytes + nameBytes + extraBytes + commentBytes;
    if (next > bytes.length) return E.left("the directory of its zip archive is damaged");
    const name = latin1.decode(bytes.subarray(at + entryBytes, at + entryBytes + nameBytes));
    const extra = at + entryBytes + nameBytes;
    const [size = 0, place = 0] = widened(
      view,
      extra,
      extra + extraBytes,
      [24, 20, 42].map((field) => view.getUint32(at + field, true)),
    ).filter((_, field) => field !== 1);
    if (place + localBytes > bytes.length || view.getUint32(place, true) !== localMark)
      return E.left(`"${name}" is not where its zip archive says`);
    const begin = place + localBytes + view.getUint16(place + 26, true) + view.getUint16(place + 28, true);
    if (begin + size > bytes.length) return E.left(`"${name}" reaches past the end of its zip archive`);
    files.set(name, method === 0 && (flags & 1) === 0 ? bytes.subarray(begin, begin + size) : "compressed");
    at = next;
  }
  return E.right(files);
};
