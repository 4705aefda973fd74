/** `resample` on vectors: assembly/resample.ts over a memory of its own. The same bytes in a fifth of the time. */
import { type Resample, resample, type Taps } from "./resize.js";

interface Exports {
  readonly across: (
    pixels: number,
    pitch: number,
    rows: number,
    taps: number,
    stride: number,
    target: number,
    into: number,
    pitchInto: number,
  ) => void;
  readonly down: (rows: number, pitch: number, length: number, taps: number, stride: number, target: number, into: number) => void;
}

/** Beside this file; from the sources (a test run) in dist/, as built. Written out, so that bundlers find it. */
const address = (): URL =>
  import.meta.url.includes("/src/pictures/")
    ? new URL("../../dist/pictures/resample.wasm", import.meta.url)
    : new URL("./resample.wasm", import.meta.url);

const compiled = async (): Promise<WebAssembly.Module> => {
  const from = address();
  if (from.protocol !== "file:") return WebAssembly.compile(await (await fetch(from)).arrayBuffer());
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:fs/promises";
  const { readFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs/promises");
  return WebAssembly.compile(await readFile(from));
};

/** Kernels work in vectors of 16 bytes, and may touch one more than they are asked for. */
const vectors = (bytes: number): number => 16 * Math.ceil(bytes / 16) + 16;
const pageBytes = 65_536;
/** As tools/build.js has the binary ask for. */
const firstPages = 2;

/** Bytes of a picture's rows that are taken across at once: with what becomes of them they fit into a core's own cache. */
const bandBytes = 1 << 18;

/** A memory does not shrink: what would take more than this goes the plain way. */
const mostBytes = 1 << 25;

const tapWords = ({ first, weights }: Taps): number => 2 * first.length + weights.length;

const over = (module: WebAssembly.Module, memory: WebAssembly.Memory): Resample => {
  const { across: acrossOf, down: downOf } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  return (pixels, rowLength, box, across, down, into) => {
    const [width, height] = [across.first.length, down.first.length];
    const [pitch, middlePitch, length] = [3 * rowLength, vectors(3 * width), 3 * width];
    const start = 3 * (box.top * rowLength + box.left);
    const band = Math.min(box.height, Math.max(1, Math.floor(bandBytes / pitch)));
    const downAt = vectors(4 * tapWords(across));
    const sourceAt = downAt + vectors(4 * tapWords(down));
    const middleAt = sourceAt + vectors(pitch * (band - 1) + 3 * box.width);
    const intoAt = middleAt + middlePitch * box.height;
    const needed = intoAt + vectors(length * height);
    if (needed > mostBytes) return resample(pixels, rowLength, box, across, down, into);
    if (needed > memory.buffer.byteLength) memory.grow(Math.ceil((needed - memory.buffer.byteLength) / pageBytes));
    const place = (taps: Taps, at: number): void => {
      const words = new Int32Array(memory.buffer, at, tapWords(taps));
      words.set(taps.first);
      words.set(taps.count, taps.first.length);
      words.set(taps.weights, 2 * taps.first.length);
    };
    place(across, 0);
    place(down, downAt);
    for (let row = 0; row < box.height; row += band) {
      const rows = Math.min(band, box.height - row);
      const from = start + pitch * row;
      new Uint8Array(memory.buffer, sourceAt).set(pixels.subarray(from, from + pitch * (rows - 1) + 3 * box.width));
      acrossOf(sourceAt, pitch, rows, 0, across.stride, width, middleAt + middlePitch * row, middlePitch);
    }
    downOf(middleAt, middlePitch, length, downAt, down.stride, height, intoAt);
    into.set(new Uint8Array(memory.buffer, intoAt, length * height));
  };
};

/** The vector way; the plain one where the binary or the host's vectors are missing. */
export const vectorResample = async (): Promise<Resample> => {
  const module = await compiled().catch(() => undefined);
  return module === undefined ? resample : over(module, new WebAssembly.Memory({ initial: firstPages }));
};
