/** Files to pictures on a thread beside the page: by the browser's decoder, and made small at once. */
import * as E from "fp-ts/lib/Either.js";
import type { Fault } from "#mdr/faults/index.js";
import { failed } from "#mdr/faults/index.js";
import { bitmapPicture, fitted, type Picture } from "#mdr/pictures/browser.js";

/** A file that is to be decoded. */
export interface Undecoded {
  readonly id: number;
  readonly file: Blob;
  readonly name: string;
  /** Pixels of the longer side, at most. */
  readonly side: number;
}

/** What came of it: a picture, or why it cannot be used, by the file's name. */
export interface Decoded {
  readonly id: number;
  readonly result: E.Either<Fault, Picture>;
}

/** Decodes one file. */
export const decode = async ({ id, file, name, side }: Undecoded): Promise<Decoded> => ({
  id,
  result: E.map((picture: Picture) => fitted(picture, side, "triangle"))(await bitmapPicture(file, name)()),
});

/** Asks a thread that runs `decode`, one file at a time, so that memory holds one large picture. */
export const decoder = (start: () => Worker) => {
  let thread: Worker | undefined;
  let next = 0;
  const waiting = new Map<number, (result: Decoded["result"]) => void>();
  const started = (): Worker => {
    if (thread !== undefined) return thread;
    thread = start();
    thread.addEventListener("message", ({ data }: MessageEvent<Decoded>) => {
      waiting.get(data.id)?.(data.result);
      waiting.delete(data.id);
    });
    thread.addEventListener("error", () => {
      for (const tell of waiting.values()) tell(E.left(failed("a photo could not be decoded: leave out the last one, and try again")));
      waiting.clear();
      thread = undefined;
    });
    return thread;
  };
  return (file: Blob, name: string, side: number): Promise<Decoded["result"]> =>
    new Promise((resolve) => {
      const id = next++;
      waiting.set(id, resolve);
      started().postMessage({ id, file, name, side } satisfies Undecoded);
    });
};

/** What `decoder` gives. */
export type Decoder = ReturnType<typeof decoder>;
