/** Protocol Buffers' wire format, read: the fields of a message one after the other, and nothing made of what is not asked for. */

export interface Field {
  readonly number: number;
  /** Of a number: its low 53 bits at most. */
  readonly value: number;
  /** Of bytes, a text or a message. */
  readonly content: Uint8Array | undefined;
}

interface Varint {
  readonly value: number;
  readonly next: number;
}

/** Undefined where the bytes end before it does, or it is longer than any number may be. */
const varintAt = (bytes: Uint8Array, from: number): Varint | undefined => {
  let value = 0;
  for (let at = from; at < Math.min(bytes.length, from + 10); at++) {
    const byte = bytes[at] as number;
    // Bits above the 53rd are of negative numbers, which nobody here asks for.
    if (at - from < 7) value += (byte & 127) * 2 ** (7 * (at - from));
    if (byte < 128) return { value, next: at + 1 };
  }
  return undefined;
};

/** The fields of a message, up to the first that cannot be one. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  for (let at = 0; at < bytes.length; ) {
    const tag = varintAt(bytes, at);
    if (tag === undefined) return;
    const [number, type] = [Math.floor(tag.value / 8), tag.value % 8];
    if (type === 1 || type === 5) {
      at = tag.next + (type === 1 ? 8 : 4);
      yield { number, value: 0, content: undefined };
      continue;
    }
    const head = type === 0 || type === 2 ? varintAt(bytes, tag.next) : undefined;
    if (head === undefined) return;
    if (type === 2 && head.value > bytes.length - head.next) return;
    const content = type === 2 ? bytes.subarray(head.next, head.next + head.value) : undefined;
    at = head.next + (content?.length ?? 0);
    yield { number, value: head.value, content };
  }
}

const utf8 = new TextDecoder();

/** The text of a message's field; "" where it has none. */
export const textOf = (message: Uint8Array, number: number): string => {
  for (const field of fieldsOf(message)) if (field.number === number && field.content !== undefined) return utf8.decode(field.content);
  return "";
};
