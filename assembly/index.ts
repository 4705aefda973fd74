/**
 * The kernels of the wasm engine and the loop that runs a program: a list of commands in shared memory that every
 * thread walks, taking chunks of each command and meeting at a barrier before the next.
 */
import { beThread, COMMAND_BYTES, chunksOf, opcodeOf, resetCounter, takeChunk } from "./command";
import { tile } from "./convolve";
import { adam, addRelu, affine, copy, copyRows, fill, map, pad, reluPull, zip } from "./elementwise";
import { pack, transpose } from "./matrix";
import { alongDifferences, pick, sample, scatter, squaredDistances } from "./metric";
import { batchCombine, batchMoments, channelAffine } from "./normalise";
import { batchPullApply, batchPullCombine, batchPullSums } from "./normalisePull";
import { Opcode } from "./opcodes";
import { averagePool, averagePoolPull, maxPool, maxPoolPull } from "./pool";
import { argMinimum, reduce } from "./reduce";
import { weightSum, weightTile } from "./weightTile";
import { winograd, winogradWeights } from "./winogradConvolve";
import { winogradWeightSum, winogradWeightTile } from "./winogradGradient";
import { addToWord, loadWord, sleepOn, storeWord, wakeAll } from "./words";

export { MapOp, Opcode, ReduceOp, ZipOp } from "./opcodes";
export { peak } from "./peak";

/* The words through which threads talk, in the first page of the shared memory. */
const GENERATION: usize = 64;
const PROGRAM: usize = 128;
const COUNT: usize = 132;
const ARRIVED: usize = 192;
const BARRIER: usize = 256;
const QUIT: usize = 136;

/** Spins before a thread sleeps: some tens of microseconds, about the time between two commands of a program. */
const SPINS = 20000;

function perform(command: usize, chunk: i32): void {
  switch (opcodeOf(command)) {
    case Opcode.Copy:
      return copy(command, chunk);
    case Opcode.Fill:
      return fill(command, chunk);
    case Opcode.Pad:
      return pad(command, chunk);
    case Opcode.CopyRows:
      return copyRows(command, chunk);
    case Opcode.Map:
      return map(command, chunk);
    case Opcode.Affine:
      return affine(command, chunk);
    case Opcode.Zip:
      return zip(command, chunk);
    case Opcode.Reduce:
      return reduce(command, chunk);
    case Opcode.ArgMinimum:
      return argMinimum(command, chunk);
    case Opcode.Transpose:
      return transpose(command, chunk);
    case Opcode.Pack:
      return pack(command, chunk);
    case Opcode.Tile:
      return tile(command, chunk);
    case Opcode.WeightTile:
      return weightTile(command, chunk);
    case Opcode.WeightSum:
      return weightSum(command, chunk);
    case Opcode.WinogradWeights:
      return winogradWeights(command, chunk);
    case Opcode.Winograd:
      return winograd(command, chunk);
    case Opcode.WinogradWeightTile:
      return winogradWeightTile(command, chunk);
    case Opcode.WinogradWeightSum:
      return winogradWeightSum(command, chunk);
    case Opcode.SquaredDistances:
      return squaredDistances(command, chunk);
    case Opcode.AlongDifferences:
      return alongDifferences(command, chunk);
    case Opcode.Pick:
      return pick(command, chunk);
    case Opcode.Scatter:
      return scatter(command, chunk);
    case Opcode.Sample:
      return sample(command, chunk);
    case Opcode.MaxPool:
      return maxPool(command, chunk);
    case Opcode.MaxPoolPull:
      return maxPoolPull(command, chunk);
    case Opcode.AveragePool:
      return averagePool(command, chunk);
    case Opcode.AveragePoolPull:
      return averagePoolPull(command, chunk);
    case Opcode.BatchMoments:
      return batchMoments(command, chunk);
    case Opcode.BatchCombine:
      return batchCombine(command, chunk);
    case Opcode.ChannelAffine:
      return channelAffine(command, chunk);
    case Opcode.BatchPullSums:
      return batchPullSums(command, chunk);
    case Opcode.BatchPullCombine:
      return batchPullCombine(command, chunk);
    case Opcode.BatchPullApply:
      return batchPullApply(command, chunk);
    case Opcode.AddRelu:
      return addRelu(command, chunk);
    case Opcode.ReluPull:
      return reluPull(command, chunk);
    case Opcode.Adam:
      return adam(command, chunk);
    default:
      unreachable();
  }
}

/** Sleeps until the word changes from `seen`, after a short spin; a thread that may not sleep only spins. */
function awaitChange(word: usize, seen: i32, maySleep: bool): void {
  for (let spin = 0; spin < SPINS; spin++) {
    if (loadWord(word) != seen) return;
  }
  while (loadWord(word) == seen) {
    if (maySleep) sleepOn(word, seen);
  }
}

function barrier(threads: i32, maySleep: bool): void {
  const seen = loadWord(BARRIER);
  if (addToWord(ARRIVED, 1) == threads - 1) {
    storeWord(ARRIVED, 0);
    addToWord(BARRIER, 1);
    wakeAll(BARRIER);
  } else {
    awaitChange(BARRIER, seen, maySleep);
  }
}

function walk(thread: i32, threads: i32, maySleep: bool): void {
  const end = <usize>load<u32>(PROGRAM) + <usize>load<u32>(COUNT) * COMMAND_BYTES;
  let shared = false;
  for (let command: usize = load<u32>(PROGRAM); command < end; command += COMMAND_BYTES) {
    const chunks = chunksOf(command);
    const wasShared = shared;
    shared = chunks > 1 && threads > 1;
    if (shared || wasShared) barrier(threads, maySleep);
    if (shared) {
      for (let chunk = takeChunk(command); chunk < chunks; chunk = takeChunk(command)) perform(command, chunk);
    } else if (thread == 0) {
      for (let chunk = 0; chunk < chunks; chunk++) perform(command, chunk);
    }
  }
  if (threads > 1) barrier(threads, maySleep);
}

/** Runs a program as thread 0 of `threads`; the others must be in `work`. */
export function run(program: usize, count: i32, threads: i32, maySleep: bool): void {
  store<u32>(PROGRAM, program);
  store<i32>(COUNT, count);
  for (let i = 0; i < count; i++) resetCounter(program + <usize>i * COMMAND_BYTES);
  if (threads > 1) {
    addToWord(GENERATION, 1);
    wakeAll(GENERATION);
  }
  walk(0, threads, maySleep);
}

/** The life of a worker thread: sleeps until a program is there, takes part, and sleeps again. */
export function work(thread: i32, threads: i32, generation: i32): void {
  let seen = generation;
  beThread(thread);
  while (true) {
    awaitChange(GENERATION, seen, true);
    seen = loadWord(GENERATION);
    if (loadWord(QUIT) != 0) return;
    walk(thread, threads, true);
  }
}

/** Ends every worker. */
export function quit(): void {
  storeWord(QUIT, 1);
  addToWord(GENERATION, 1);
  wakeAll(GENERATION);
}
