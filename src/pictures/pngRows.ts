/**
 * A PNG's rows, one after the other as they come out of the inflater: their filters undone, nothing kept but the row before. However much
 * comes out, no more than the header says is looked at.
 */
import { Unzlib } from "fflate";
import { joined } from "./bytes.js";
import { mostInflation } from "./limits.js";
import { bytesOfPass, type Pass, type PngHeader, passesOf, rowBytes } from "./pngFile.js";

/** Input of one turn of the inflater: a bomb has then grown by no more than a thousand times this before it is found out. */
const turnBytes = 1 << 13;

/** Most bytes that a turn makes, three times: the inflater's own buffer as it grows, and what it hands over. */
export const turnMemory = 3 * mostInflation * turnBytes;

/** However small the parts are that the file has it in. */
const inTurns = (compressed: Uint8Array): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(compressed.length / turnBytes) }, (_, turn) =>
    compressed.subarray(turn * turnBytes, (turn + 1) * turnBytes),
  );

/** The nearest of three neighbours to what they foretell (PNG, 9.4). */
const paeth = (left: number, above: number, corner: number): number => {
  const foretold = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(foretold - left), Math.abs(foretold - above), Math.abs(foretold - corner)];
  return toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner;
};

/**
 * Undoes the filter that the first byte of a row names, in place; `above` is the row before it, or zeros. Bytes of a neighbour to the
 * left lie `step` bytes before. False where there is no such filter.
 */
const unfiltered = (row: Uint8Array, above: Uint8Array, step: number): boolean => {
  const { length } = row;
  switch (row[0]) {
    case 0:
      return true;
    case 1:
      for (let at = step + 1; at < length; at++) row[at] = (row[at] as number) + (row[at - step] as number);
      return true;
    case 2:
      for (let at = 1; at < length; at++) row[at] = (row[at] as number) + (above[at] as number);
      return true;
    case 3:
      for (let at = 1; at < length; at++) {
        const left = at > step ? (row[at - step] as number) : 0;
        row[at] = (row[at] as number) + ((left + (above[at] as number)) >> 1);
      }
      return true;
    case 4:
      for (let at = 1; at < length; at++) {
        const [left, corner] = at > step ? [row[at - step] as number, above[at - step] as number] : [0, 0];
        row[at] = (row[at] as number) + paeth(left, above[at] as number, corner);
      }
      return true;
    default:
      return false;
  }
};

/** A row's samples as the file has them, and where they belong. The bytes are the next row's when this has returned. */
export type TakeRow = (samples: Uint8Array, pass: Pass, row: number) => void;

/** Cuts what comes into rows. */
const rowCutter = (header: PngHeader, take: TakeRow) => {
  const passes = passesOf(header);
  const step = Math.max(1, (header.channels * header.depth) >> 3);
  const longest = 1 + Math.max(...passes.map((pass) => bytesOfPass(header, pass)));
  let [above, current] = [new Uint8Array(longest), new Uint8Array(longest)];
  let [place, row, filled, size] = [0, 0, 0, 0];
  let sound = true;
  return {
    size: () => size,
    sound: () => sound,
    put: (bytes: Uint8Array): void => {
      size += bytes.length;
      for (let at = 0; sound && at < bytes.length; ) {
        const pass = passes[place];
        if (pass === undefined) return;
        const length = 1 + bytesOfPass(header, pass);
        const part = Math.min(length - filled, bytes.length - at);
        current.set(bytes.subarray(at, at + part), filled);
        at += part;
        filled += part;
        if (filled < length) return;
        sound = unfiltered(current.subarray(0, length), above, step);
        if (sound) take(current.subarray(1, length), pass, row);
        [above, current] = [current, above];
        filled = 0;
        row += 1;
        if (row < pass.height) continue;
        [place, row] = [place + 1, 0];
        above.fill(0);
      }
    },
  };
};

/**
 * Hands over every row. The compressed data must give exactly the rows of the header: neither a cut stream nor a bomb behind a small
 * header. What is wrong with it, in words; undefined where nothing is.
 */
export const readRows = (header: PngHeader, take: TakeRow): string | undefined => {
  const expected = rowBytes(header);
  const given = header.compressed.reduce((sum, part) => sum + part.length, 0);
  const short = header.endless ? "the file is cut short (it ends within the picture)" : undefined;
  if (given * mostInflation < expected)
    return short ?? `its ${given} bytes of picture data cannot hold the ${header.width} x ${header.height} pixels that its header gives it`;
  const { put, size, sound } = rowCutter(header, take);
  const inflater = new Unzlib(put);
  let whole = true;
  try {
    for (const turn of inTurns(joined(header.compressed))) if (size() <= expected) inflater.push(turn, false);
    if (size() <= expected) inflater.push(new Uint8Array(0), true);
  } catch (thrown) {
    if (thrown instanceof RangeError) throw thrown;
    whole = false;
  }
  if (size() > expected) return `its picture data is larger than its header says (${expected} bytes)`;
  if (!whole) return short ?? "its picture data is damaged (it does not decompress to its end)";
  if (size() < expected) return short ?? `its picture data gives ${size()} bytes where ${expected} belong`;
  return sound() ? undefined : "its picture data is damaged (its rows name filters that there are not)";
};
