/** A run's metrics as TensorBoard's event file: TFRecords, each an Event of scalars. */
import { double, joined, message, type Pieces, single, text, whole } from "../protobuf.js";
import { crc32c, masked } from "./crc32c.js";

/** The numbers of one moment. */
export interface Moment {
  /** Since 1970. */
  readonly seconds: number;
  readonly step: number;
  /** By tag: `train/loss`. */
  readonly scalars: Readonly<Record<string, number>>;
}

const fixed32 = (value: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
};

/** Its length in 64 bits and that length's checksum, then the bytes and theirs. */
const record = (fields: readonly Pieces[]): Pieces => {
  const data = joined(fields.flat());
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(data.length), true);
  const head = new Uint8Array(length.buffer);
  return [head, fixed32(masked(crc32c(head))), data, fixed32(masked(crc32c(data)))];
};

/** Event: wall_time 1, step 2, file_version 3, summary 5; a Summary's values 1, of tag 1 and simple_value 2. */
const event = ({ seconds, step, scalars }: Moment): Pieces =>
  record([
    double(1, seconds),
    whole(2, step),
    message(5, ...Object.entries(scalars).map(([tag, value]) => message(1, text(1, tag), single(2, value)))),
  ]);

/** The file in pieces. */
export const eventFile = (begun: number, moments: readonly Moment[]): Pieces => [
  ...record([double(1, begun), text(3, "brain.Event:2")]),
  ...moments.flatMap(event),
];
