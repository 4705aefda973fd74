/**
 * A command is 32 words of shared memory: opcode, number of chunks, the counter from which threads take the next chunk,
 * one spare, then 28 arguments (addresses in bytes, sizes and strides in floats, numbers as float bits).
 */
import { addToWord, storeWord } from "./words";

export const COMMAND_BYTES: usize = 128;

const CHUNKS: usize = 4;
const COUNTER: usize = 8;
const ARGUMENTS: usize = 16;

export function opcodeOf(command: usize): i32 {
  return load<i32>(command);
}

export function chunksOf(command: usize): i32 {
  return load<i32>(command + CHUNKS);
}

export function takeChunk(command: usize): i32 {
  return addToWord(command + COUNTER, 1);
}

export function resetCounter(command: usize): void {
  storeWord(command + COUNTER, 0);
}

/** An argument that is an address. */
export function pointer(command: usize, index: usize): usize {
  return load<u32>(command + ARGUMENTS + (index << 2));
}

/** Which of the threads this instance is. */
let self: usize = 0;

export function beThread(thread: i32): void {
  self = thread;
}

/** This thread's own part of a scratch region: argument `index` is its address, argument `floats` the size of a part. */
export function scratch(command: usize, index: usize, floats: usize): usize {
  return pointer(command, index) + self * bytes(integer(command, floats));
}

/** An argument that is a whole number. */
export function integer(command: usize, index: usize): i32 {
  return load<i32>(command + ARGUMENTS + (index << 2));
}

/** An argument that is a float. */
export function number(command: usize, index: usize): f32 {
  return load<f32>(command + ARGUMENTS + (index << 2));
}

/** Bytes of a count of floats; negative strides wrap as addresses do. */
export function bytes(floats: i32): usize {
  return <usize>(floats << 2);
}
