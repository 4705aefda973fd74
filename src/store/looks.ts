/** What files of pictures hold and look like: each decoded once, on all cores, and forgotten. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { LeftOut } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { defaultMaxPixels, type Look, lookOf, lookSide } from "../pictures/index.js";
import { performAll, usualAllowance } from "../workers/index.js";
import { excused, leftOutWarning } from "./leftOut.js";
import { lostInThread, madeReady, type Ready, type ReadyJob } from "./ready.js";
import type { OpenOptions, ViewSettings } from "./stored.js";

/** What was seen of a picture. */
export interface Seen {
  readonly file: string;
  /** Of the file's bytes: the same for exact copies. */
  readonly hash: string;
  readonly look: Look;
}

/** What was seen of a folder. */
export interface Looks {
  /** In the order of the files. */
  readonly seen: readonly Seen[];
  readonly leftOut: readonly LeftOut[];
  readonly warnings: readonly string[];
}

/** Looks at picture files; those that cannot be used are left out, with `passedOver`. */
export const looksOf =
  (
    { maxPixels = defaultMaxPixels, strict }: Pick<ViewSettings, "maxPixels" | "strict">,
    files: readonly string[],
    { onProgress }: Pick<OpenOptions, "onProgress"> = {},
    passedOver: readonly LeftOut[] = [],
  ): TE.TaskEither<Fault, Looks> =>
  async () => {
    const readying = { side: lookSide, filter: "triangle", maxPixels } as const;
    const ready = await performAll<ReadyJob, Ready>({
      worker: "store/readyWorker",
      jobs: files.map((path) => ({ path, readying, known: undefined })),
      perform: (job) => madeReady(job),
      lost: lostInThread,
      allowance: usualAllowance(),
      onProgress,
    });
    const bad = ready.flatMap((one, index): readonly LeftOut[] => (one.kind === "bad" ? [{ path: files[index] ?? "", why: one.why }] : []));
    const seen = ready.flatMap((one, index): readonly Seen[] =>
      one.kind === "decoded"
        ? [{ file: files[index] ?? "", hash: one.hash, look: lookOf({ width: lookSide, height: lookSide, pixels: one.pixels }) }]
        : [],
    );
    return pipe(
      excused("", [...passedOver, ...bad], strict),
      E.map((leftOut) => ({ seen, leftOut, warnings: leftOutWarning("", leftOut) })),
    );
  };
