/** Recording of what puts tensors together along the last axis and takes them apart: rows copied from one pitch to another. */
import { sizeOf } from "../../tensor/index.js";
import { from, into } from "./command.js";
import { byRows, type Recorder, read, type WasmTensor } from "./trace.js";

const lastOf = ({ shape }: WasmTensor): number => shape.at(-1) ?? 1;

export const recordConcatenate =
  (record: Recorder) =>
  (parts: readonly WasmTensor[]): WasmTensor => {
    const columns = parts.reduce((sum, part) => sum + lastOf(part), 0);
    const before = parts[0]?.shape.slice(0, -1) ?? [];
    const target = record.local([...before, columns]);
    const rows = sizeOf(before);
    parts.reduce((begin, part) => {
      const own = lastOf(part);
      const { step, chunks } = byRows(rows, own);
      record.emit("CopyRows", chunks, [read(part), into(target.slot, begin), rows, own, own, columns, step]);
      return begin + own;
    }, 0);
    return target;
  };

export const recordSlice =
  (record: Recorder) =>
  (x: WasmTensor, first: number, end: number): WasmTensor => {
    const [before, own] = [x.shape.slice(0, -1), end - first];
    const rows = sizeOf(before);
    const { step, chunks } = byRows(rows, own);
    return record.compute("CopyRows", chunks, [...before, own], (target) => [from(x.slot, first), target, rows, own, lastOf(x), own, step]);
  };
