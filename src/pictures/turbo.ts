/**
 * libjpeg-turbo as WebAssembly: the binary of the package @cwasm/jpeg-turbo by its own TurboJPEG functions, because the package's
 * JavaScript knows neither smaller sizes nor inks. Pillow decodes by the same library: at full size and at a half, a quarter and an
 * eighth the bytes are Pillow's.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Reduction, reducedSide } from "./reduction.js";

/** TurboJPEG's numbers for what pixels are to be, and their samples: https://libjpeg-turbo.org (turbojpeg.h, enum TJPF). */
const formats = { rgb: { number: 0, samples: 3 }, cmyk: { number: 11, samples: 4 } } as const;

/** What decoded pixels hold. Inks are as stored: Adobe's programs store them turned over. */
export type TurboFormat = keyof typeof formats;

export interface TurboWork {
  /** As in the file's frame. */
  readonly width: number;
  readonly height: number;
  readonly format: TurboFormat;
  /** The decoder leaves the high frequencies of each block away. */
  readonly reduction: Reduction;
}

export type TurboDecoded =
  | { readonly kind: "whole"; readonly pixels: Uint8Array }
  /** There are pixels, but something in the data was wrong: what was wrong first, in the library's words. */
  | { readonly kind: "doubtful"; readonly pixels: Uint8Array; readonly said: string }
  | { readonly kind: "refused"; readonly said: string };

export type TurboDecoder = (file: Uint8Array, work: TurboWork) => TurboDecoded;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (bytes: number) => number;
  readonly free: (at: number) => void;
  readonly tjInitDecompress: () => number;
  readonly tjDestroy: (handle: number) => number;
  readonly tjDecompress2: (
    handle: number,
    file: number,
    fileBytes: number,
    into: number,
    width: number,
    pitch: number,
    height: number,
    format: number,
    flags: number,
  ) => number;
}

/** A memory that grew beyond this is given up with what lies in it: it cannot shrink, and its pixels need no copy then. */
const keptBytes = 1 << 26;

/** Where an instance's last message stands: the one place of these words that has room behind them for any message. */
const messagePlace = (memory: Uint8Array): number => {
  const words = new TextEncoder().encode("No error");
  for (let at = memory.indexOf(words[0] as number); at >= 0; at = memory.indexOf(words[0] as number, at + 1))
    if (
      words.every((byte, index) => memory[at + index] === byte) &&
      memory.subarray(at + words.length, at + 200).every((byte) => byte === 0)
    )
      return at;
  return -1;
};

/** What the binary asks for. It has nowhere to write and no environment; its way out of an error is an exception, and then the instance is of no use. */
const surroundings = (memory: () => WebAssembly.Memory): WebAssembly.Imports => {
  const leave = (): never => {
    throw new Error("left");
  };
  const badFile = (): number => 8;
  return {
    env: { setjmp: () => 0, longjmp: leave },
    wasi_snapshot_preview1: {
      proc_exit: leave,
      environ_sizes_get: (count: number, bytes: number) => {
        const view = new DataView(memory().buffer);
        view.setUint32(count, 0, true);
        view.setUint32(bytes, 0, true);
        return 0;
      },
      environ_get: () => 0,
      fd_close: badFile,
      fd_seek: badFile,
      fd_write: badFile,
    },
  };
};

interface Instance {
  readonly exports: Exports;
  readonly said: () => string;
}

const instanceOf = (module: WebAssembly.Module): Instance => {
  const exports: Exports = new WebAssembly.Instance(
    module,
    surroundings(() => exports.memory),
  ).exports as unknown as Exports;
  const place = messagePlace(new Uint8Array(exports.memory.buffer));
  const said = (): string => {
    if (place < 0) return "";
    const message = new Uint8Array(exports.memory.buffer, place, 200);
    return new TextDecoder().decode(message.subarray(0, message.indexOf(0)));
  };
  return { exports, said };
};

/** A decoder with a memory of its own, which is made anew after a picture that took much of it or ended in an error. */
export const turboDecoder = (module: WebAssembly.Module): TurboDecoder => {
  let kept: Instance | undefined;
  return (file, { width, height, format, reduction }) => {
    const { number, samples } = formats[format];
    const [across, down] = [reducedSide(width, reduction), reducedSide(height, reduction)];
    const size = across * down * samples;
    let said = (): string => "";
    try {
      const instance = kept ?? instanceOf(module);
      // Until it has done this picture nobody knows whether it can do another.
      kept = undefined;
      said = instance.said;
      const { memory, malloc, free, tjInitDecompress, tjDestroy, tjDecompress2 } = instance.exports;
      const [handle, input, output] = [tjInitDecompress(), malloc(file.length) >>> 0, malloc(size) >>> 0];
      if (handle === 0 || input === 0 || output === 0) return { kind: "refused", said: "Insufficient memory" };
      new Uint8Array(memory.buffer, input, file.length).set(file);
      const status = tjDecompress2(handle, input, file.length, output, across, 0, down, number, 0);
      const found = new Uint8Array(memory.buffer, output, size);
      const keeps = memory.buffer.byteLength <= keptBytes;
      const pixels = keeps ? found.slice() : found;
      tjDestroy(handle);
      free(input);
      free(output);
      if (keeps) kept = instance;
      return status === 0 ? { kind: "whole", pixels } : { kind: "doubtful", pixels, said: said() };
    } catch {
      return { kind: "refused", said: said() };
    }
  };
};

const opened = (): TurboDecoder | undefined => {
  try {
    const binary = createRequire(import.meta.url).resolve("@cwasm/jpeg-turbo/jpeg-turbo.wasm");
    return turboDecoder(new WebAssembly.Module(readFileSync(binary)));
  } catch {
    return undefined;
  }
};

let usual: { readonly decoder: TurboDecoder | undefined } | undefined;

/** The thread's decoder; undefined where there is no WebAssembly or no such package. */
export const usualTurbo = (): TurboDecoder | undefined => {
  usual ??= { decoder: opened() };
  return usual.decoder;
};
