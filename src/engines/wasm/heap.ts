/** Regions of the shared memory: allocated, freed, and grown on demand up to a limit. */
import * as E from "fp-ts/lib/Either.js";

export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** The address of `bytes` free bytes; left: how many bytes there are in the longest stretch that could be had. */
  readonly allocate: (bytes: number) => E.Either<number, number>;
  readonly free: (address: number) => void;
  /** Bytes in use by regions, bytes that regions could still take in all, and the size of the memory. */
  readonly usage: () => { readonly used: number; readonly free: number; readonly size: number };
}

const PAGE = 65536;
/** The first page belongs to the kernels: their constants, and the words through which threads talk. */
const START = PAGE;
/** Kernels may read a vector past the end of a region: the last one keeps this distance from the end of memory. */
const MARGIN = 4096;

/** What a region of so many bytes takes. */
export const regionBytes = (bytes: number): number => Math.max(64, Math.ceil(bytes / 64) * 64);

interface Gap {
  readonly address: number;
  readonly bytes: number;
}

/** `limit`: bytes the memory may grow to. */
export const heapOver = (memory: WebAssembly.Memory, limit: number): Heap => {
  const taken = new Map<number, number>();
  let gaps: readonly Gap[] = [];
  let end = START;

  const take = (gap: Gap, bytes: number): number => {
    gaps = gaps.flatMap((each) => {
      if (each !== gap) return [each];
      return gap.bytes === bytes ? [] : [{ address: gap.address + bytes, bytes: gap.bytes - bytes }];
    });
    taken.set(gap.address, bytes);
    return gap.address;
  };

  const extend = (bytes: number): E.Either<number, number> => {
    const needed = end + bytes + MARGIN;
    if (needed > limit) return E.left(Math.max(0, limit - MARGIN - end));
    const missing = Math.ceil((needed - memory.buffer.byteLength) / PAGE);
    try {
      if (missing > 0) memory.grow(missing);
    } catch {
      return E.left(Math.max(0, memory.buffer.byteLength - MARGIN - end));
    }
    const address = end;
    end += bytes;
    taken.set(address, bytes);
    return E.right(address);
  };

  return {
    memory,
    allocate: (wanted) => {
      const bytes = regionBytes(wanted);
      const best = gaps.reduce<Gap | undefined>(
        (found, gap) => (gap.bytes >= bytes && (found === undefined || gap.bytes < found.bytes) ? gap : found),
        undefined,
      );
      return best === undefined ? extend(bytes) : E.right(take(best, bytes));
    },
    free: (address) => {
      const bytes = taken.get(address);
      if (bytes === undefined) return;
      taken.delete(address);
      const before = gaps.find((gap) => gap.address + gap.bytes === address);
      const after = gaps.find((gap) => gap.address === address + bytes);
      const merged = {
        address: before?.address ?? address,
        bytes: bytes + (before?.bytes ?? 0) + (after?.bytes ?? 0),
      };
      const others = gaps.filter((gap) => gap !== before && gap !== after);
      if (merged.address + merged.bytes === end) {
        end = merged.address;
        gaps = others;
      } else {
        gaps = [...others, merged];
      }
    },
    usage: () => {
      const used = [...taken.values()].reduce((sum, bytes) => sum + bytes, 0);
      return { used, free: Math.max(0, limit - MARGIN - START - used), size: memory.buffer.byteLength };
    },
  };
};
