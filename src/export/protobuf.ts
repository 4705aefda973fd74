/** Protocol Buffers' wire format, written: a message is its fields one behind the other, each a number, a wire type and a value. */

/** Bytes in pieces, so that weights are not copied from message to message. */
export type Pieces = readonly Uint8Array[];

const utf8 = new TextEncoder();

export const lengthOf = (pieces: Pieces): number => pieces.reduce((sum, piece) => sum + piece.length, 0);

/** The pieces in one. */
export const joined = (pieces: Pieces): Uint8Array => {
  const whole = new Uint8Array(lengthOf(pieces));
  pieces.reduce((at, piece) => {
    whole.set(piece, at);
    return at + piece.length;
  }, 0);
  return whole;
};

/** Seven bits a byte, the lowest first; a negative number as the 64 bits of its two's complement. */
const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
};

const wireTypes = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

const tag = (field: number, type: keyof typeof wireTypes): Uint8Array => varint((field << 3) | wireTypes[type]);

/** int32, int64 or an enumeration. */
export const whole = (field: number, value: number): Pieces => [tag(field, "varint"), varint(value)];

/** A repeated one, each under a tag of its own: every reader takes that. */
export const wholes = (field: number, values: readonly number[]): Pieces => values.flatMap((value) => whole(field, value));

const little = (size: 4 | 8, value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(size));
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return new Uint8Array(view.buffer);
};

/** float */
export const single = (field: number, value: number): Pieces => [tag(field, "fixed32"), little(4, value)];

/** double */
export const double = (field: number, value: number): Pieces => [tag(field, "fixed64"), little(8, value)];

export const bytes = (field: number, value: Uint8Array): Pieces => [tag(field, "length"), varint(value.length), value];

export const text = (field: number, value: string): Pieces => bytes(field, utf8.encode(value));

/** A message within a message. */
export const message = (field: number, ...fields: readonly Pieces[]): Pieces => {
  const pieces = fields.flat();
  return [tag(field, "length"), varint(lengthOf(pieces)), ...pieces];
};
