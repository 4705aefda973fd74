/** Pictures kept in memory, up to so many bytes: what was longest not asked for makes room. */

export interface Memory {
  readonly get: (picture: number) => Uint8Array | undefined;
  readonly put: (picture: number, pixels: Uint8Array) => void;
}

/** A memory of at most `bytes`. A picture larger than that is not kept. */
export const boundedMemory = (bytes: number): Memory => {
  // A Map gives its keys in the order in which they were set: the first is the one not asked for longest.
  const kept = new Map<number, Uint8Array>();
  let used = 0;
  const forget = (picture: number): void => {
    used -= kept.get(picture)?.length ?? 0;
    kept.delete(picture);
  };
  return {
    get: (picture) => {
      const pixels = kept.get(picture);
      if (pixels !== undefined) {
        kept.delete(picture);
        kept.set(picture, pixels);
      }
      return pixels;
    },
    put: (picture, pixels) => {
      forget(picture);
      if (pixels.length > bytes) return;
      for (const oldest of kept.keys()) {
        if (used + pixels.length <= bytes) break;
        forget(oldest);
      }
      kept.set(picture, pixels);
      used += pixels.length;
    },
  };
};
