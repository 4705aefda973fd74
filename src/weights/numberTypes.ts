/** The types of number that files of weights hold, all little-endian, and how each is read. */

export interface NumberType {
  /** Bytes of one number. */
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
export const halfOf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const word = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
export const brainOf = (bits: number): number => {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
};

/** By the names of the safetensors format. */
export const numberTypes = {
  F64: { width: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { width: 2, read: (view, at) => halfOf(view.getUint16(at, true)) },
  BF16: { width: 2, read: (view, at) => brainOf(view.getUint16(at, true)) },
  I64: { width: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  I32: { width: 4, read: (view, at) => view.getInt32(at, true) },
  I16: { width: 2, read: (view, at) => view.getInt16(at, true) },
  I8: { width: 1, read: (view, at) => view.getInt8(at) },
  U8: { width: 1, read: (view, at) => view.getUint8(at) },
  BOOL: { width: 1, read: (view, at) => view.getUint8(at) },
} as const satisfies Readonly<Record<string, NumberType>>;

export type NumberTypeName = keyof typeof numberTypes;

/** Room for so many numbers of a type: float64 where float32 would round them. */
export const roomFor = (type: NumberTypeName, count: number): Float64Array | Float32Array =>
  type === "F64" || type === "I64" || type === "I32" ? new Float64Array(count) : new Float32Array(count);

/** Whether this processor keeps a number's low byte first, as the files do. */
const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** So many numbers, which lie side by side from a byte on. */
export const numbersAt = (type: NumberTypeName, bytes: Uint8Array, from: number, count: number): Float64Array | Float32Array => {
  const { width, read } = numberTypes[type];
  const data = roomFor(type, count);
  // Floats that are kept as they lie in the file are copied: a read of each takes seconds for a network of a hundred megabytes.
  if (littleEndian && (type === "F32" || type === "F64")) new Uint8Array(data.buffer).set(bytes.subarray(from, from + count * width));
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let index = 0; index < count; index++) data[index] = read(view, from + index * width);
  }
  return data;
};
