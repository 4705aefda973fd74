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

const tapWords = ({ first, weights }: Taps): number => 2 * first.length + weights.length;

const over = (module: WebAssembly.Module, memory: WebAssembly.Memory): Resample => {
  const { across: acrossOf, down: downOf } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  return (pixels, rowLength, box, across, down, into) => {
    const [width, height] = [across.first.length, down.first.length];
    const [pitch, middlePitch, length] = [3 * rowLength, vectors(3 * width), 3 * width];
    const start = 3 * (box.top * rowLength + box.left);
    const source = pixels.subarray(start, start + pitch * (box.height - 1) + 3 * box.width);
    const downAt = vectors(4 * tapWords(across));
    const sourceAt = downAt + vectors(4 * tapWords(down));
    const middleAt = sourceAt + vectors(source.length);
    const intoAt = middleAt + middlePitch * box.height;
    const missing = intoAt + vectors(length * height) - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    const place = (taps: Taps, at: number): void => {
      const words = new Int32Array(memory.buffer, at, tapWords(taps));
      words.set(taps.first);
      words.set(taps.count, taps.first.length);
      words.set(taps.weights, 2 * taps.first.length);
    };
    place(across, 0);
    place(down, downAt);
    new Uint8Array(memory.buffer, sourceAt).set(source);
    acrossOf(sourceAt, pitch, box.height, 0, across.stride, width, middleAt, middlePitch);
    downOf(middleAt, middlePitch, length, downAt, down.stride, height, intoAt);
    into.set(new Uint8Array(memory.buffer, intoAt, length * height));
  };
};

/** The vector way; the plain one where the binary or the host's vectors are missing. */
export const vectorResample = async (): Promise<Resample> => {
  const module = await compiled().catch(() => undefined);
  return module === undefined ? resample : over(module, new WebAssembly.Memory({ initial: firstPages }));
};
