/**
 * Tracing: a program runs once with kernels that compute nothing and write down commands. Every slot is written once
 * (or, where several commands fill parts of it, before anyone reads it), so the list can be reordered and pruned freely.
 */
import { type Shape, sizeOf, type Tensor } from "../../tensor/index.js";
import { oncePerNumbers } from "../constants.js";
import { type Argument, type Command, from, into, type Slot } from "./command.js";

/** The engine's tensor while a program is traced: a slot seen in a shape. */
export interface WasmTensor {
  readonly slot: number;
  readonly shape: Shape;
}

export interface Trace {
  readonly slots: readonly Slot[];
  readonly commands: readonly Command[];
}

export interface Recorder {
  readonly input: (shape: Shape, position: number) => WasmTensor;
  /** A slot that holds these numbers; equal numbers share one. */
  readonly constant: (t: Tensor) => WasmTensor;
  /** A new slot of this shape, to be written by `emit`. */
  readonly local: (shape: Shape) => WasmTensor;
  /** The two arguments of a scratch region with this many floats for each thread: its address, and a part's size. */
  readonly scratch: (floats: number) => readonly [address: Argument, floats: number];
  readonly emit: (opcode: string, chunks: number, args: readonly Argument[]) => void;
  /** A command with one result; asked for the same twice, gives the first result again. */
  readonly compute: (opcode: string, chunks: number, shape: Shape, args: (target: Argument) => readonly Argument[]) => WasmTensor;
  readonly trace: () => Trace;
}

/** A recorder for a machine with so many threads, which settles the size of scratch regions and nothing else. */
export const recorder = (threads: number): Recorder => {
  const slots: Slot[] = [];
  const commands: Command[] = [];
  const known = new Map<string, number>();
  const constantOf = oncePerNumbers<number>();
  const slotOf = (slot: Slot): number => slots.push(slot) - 1;
  const local = (shape: Shape): WasmTensor => ({ slot: slotOf({ kind: "local", size: sizeOf(shape) }), shape });
  return {
    input: (shape, position) => ({ slot: slotOf({ kind: "input", position, size: sizeOf(shape) }), shape }),
    constant: ({ shape, data }) => {
      const numbers = Float32Array.from(data);
      return { slot: constantOf(numbers, () => slotOf({ kind: "constant", data: numbers, size: numbers.length })), shape };
    },
    local,
    scratch: (floats) => [into(local([threads, floats]).slot), floats],
    emit: (opcode, chunks, args) => {
      commands.push({ opcode, chunks, args });
    },
    compute: (opcode, chunks, shape, args) => {
      const key = JSON.stringify([opcode, sizeOf(shape), args(0)]);
      const before = known.get(key);
      if (before !== undefined) return { slot: before, shape };
      const target = local(shape);
      known.set(key, target.slot);
      commands.push({ opcode, chunks, args: args(into(target.slot)) });
      return target;
    },
    trace: () => ({ slots, commands }),
  };
};

/** Entries of one chunk of flat work: 64 KiB, large against the cost of a barrier and small against a cache. */
const GRAIN = 16384;

/** Flat work over `size` entries: entries a chunk and the number of chunks. */
export const flat = (size: number): { readonly step: number; readonly chunks: number } => ({
  step: GRAIN,
  chunks: Math.ceil(size / GRAIN),
});

/** Work by rows of `width` entries each. */
export const byRows = (rows: number, width: number): { readonly step: number; readonly chunks: number } => {
  const step = Math.max(1, Math.floor(GRAIN / Math.max(1, width)));
  return { step, chunks: Math.ceil(rows / step) };
};

export const read = (t: WasmTensor): Argument => from(t.slot);
