/** The operands of a pickle's opcodes: each reader moves on past what it reads, or gives undefined where the bytes end before. */

/** Bytes and how far they have been read. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

export const cursorOver = (bytes: Uint8Array, at = 0): Cursor => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  at,
});

export type Reader<A> = (cursor: Cursor) => A | undefined;

/** The longest text and the longest whole number, in bytes: far more than names and numbers of a model have. */
const longestText = 2 ** 20;
const longestLong = 32;

const fixed =
  <A>(width: number, read: (view: DataView, at: number) => A): Reader<A> =>
  (cursor) => {
    const { at, bytes, view } = cursor;
    if (at + width > bytes.length) return undefined;
    cursor.at = at + width;
    return read(view, at);
  };

export const none: Reader<null> = () => null;
export const u1 = fixed(1, (view, at) => view.getUint8(at));
export const u2 = fixed(2, (view, at) => view.getUint16(at, true));
export const u4 = fixed(4, (view, at) => view.getUint32(at, true));
export const i4 = fixed(4, (view, at) => view.getInt32(at, true));
export const u8 = fixed(8, (view, at) => Number(view.getBigUint64(at, true)));
/** Big-endian, unlike all else. */
export const f8 = fixed(8, (view, at) => view.getFloat64(at, false));

const run = (cursor: Cursor, length: number | undefined, longest: number): Uint8Array | undefined => {
  const { at, bytes } = cursor;
  if (length === undefined || length > longest || at + length > bytes.length) return undefined;
  cursor.at = at + length;
  return bytes.subarray(at, at + length);
};

const utf8 = new TextDecoder();

/** Text after its length in bytes. */
export const text =
  (lengthOf: Reader<number>): Reader<string> =>
  (cursor) => {
    const bytes = run(cursor, lengthOf(cursor), longestText);
    return bytes === undefined ? undefined : utf8.decode(bytes);
  };

/** Bytes after their length; nobody asks what they are. */
export const opaque =
  (lengthOf: Reader<number>): Reader<Uint8Array> =>
  (cursor) =>
    run(cursor, lengthOf(cursor), cursor.bytes.length);

/** A whole number in two's complement, little-endian, after its length: a number where it is exact. */
export const long =
  (lengthOf: Reader<number>): Reader<number | bigint> =>
  (cursor) => {
    const bytes = run(cursor, lengthOf(cursor), longestLong);
    if (bytes === undefined) return undefined;
    const unsigned = bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    const value = BigInt.asIntN(8 * bytes.length, unsigned);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  };

/** A line of text, without its end. */
export const line: Reader<string> = (cursor) => {
  const end = cursor.bytes.indexOf(10, cursor.at);
  if (end < 0) return undefined;
  const bytes = run(cursor, end - cursor.at, longestText);
  cursor.at += 1;
  return bytes === undefined ? undefined : utf8.decode(bytes);
};

/** The two lines of a name: its module and the name in it. */
export const twoLines: Reader<readonly [string, string]> = (cursor) => {
  const first = line(cursor);
  const second = first === undefined ? undefined : line(cursor);
  return first === undefined || second === undefined ? undefined : [first, second];
};
