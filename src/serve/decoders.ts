/** Threads that decode: a picture that takes long keeps nobody waiting but whoever sent it. */
import { availableParallelism } from "node:os";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { openCrew, usualAllowance } from "../workers/index.js";
import { type DecodingJob, decodedFor } from "./decoding.js";
import type { ServeSettings } from "./settings.js";

export interface Decoders {
  readonly decode: (job: DecodingJob) => TE.TaskEither<Fault, Uint8Array>;
  readonly close: () => Promise<void>;
}

/** What decoding takes of memory at its height for each pixel: that of a progressive JPEG, and some. */
const bytesOfPixel = 16;

/** As many threads as requests are worked on, as the machine has cores for, and as memory allows for pictures of the largest size. */
const threadsFor = ({ concurrent, maxPixels }: Pick<ServeSettings, "concurrent" | "maxPixels">): number =>
  Math.max(1, Math.min(concurrent, availableParallelism(), Math.floor(usualAllowance() / (bytesOfPixel * maxPixels))));

const lost = ({ name }: DecodingJob): E.Either<Fault, Uint8Array> => E.left(failed(`${name}: cannot be used: decoding it failed`));

export const openDecoders = (settings: Pick<ServeSettings, "concurrent" | "maxPixels">): Decoders => {
  const crew = openCrew<DecodingJob, E.Either<Fault, Uint8Array>>("serve/decodeWorker", threadsFor(settings), decodedFor, lost);
  return { decode: (job) => () => crew.ask(job), close: crew.close };
};
