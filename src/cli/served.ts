/** What `mdr serve` serves: an index, its network and its threshold, and the next ones once the index was written anew. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { type EmbedderOptions, indexStamp, type Network, networkOfIndex, openIndex, openPhotoEmbedder } from "../search/index.js";
import { type Renewing, renewing, type Served } from "../serve/index.js";
import { inFlags } from "./finish.js";
import { againstOfIndex, limitText } from "./meaning.js";
import { say } from "./output.js";

export interface Wanted {
  readonly places: readonly string[];
  /** Where the index's run is now, if that was said. */
  readonly run: string | undefined;
  readonly options: EmbedderOptions;
  /** Undefined: the usual one of the run that the index was made with. */
  readonly threshold: number | undefined;
  readonly log: (line: string) => void;
}

const thresholdOf = (network: E.Either<Fault, Network>, given: number | undefined): number | undefined => {
  if (given !== undefined) return given;
  const against = againstOfIndex(network, false, {});
  if (E.isLeft(against) || against.right.limit === undefined) return undefined;
  say(limitText(against.right.limit));
  return against.right.limit.distance;
};

/** The index as it is now; with the network of `before` where that is the same one still. */
const opened =
  ({ places, run, options, threshold }: Wanted, before?: Served): TE.TaskEither<Fault, Served> =>
  async () => {
    const index = await openIndex(places)();
    if (E.isLeft(index)) return index;
    const { weights, checkpoint } = index.right.about;
    const last = before?.index.about;
    if (before !== undefined && E.isRight(before.embedder) && last?.weights === weights && last.checkpoint === checkpoint)
      return E.right({ ...before, index: index.right });
    const network = networkOfIndex(index.right.about, run);
    const embedder = await pipe(
      TE.fromEither(network),
      TE.chain((found) => openPhotoEmbedder(found, options)),
    )();
    return E.right({ index: index.right, embedder, threshold: thresholdOf(network, threshold) });
  };

/** Milliseconds from one look at the index's files to the next. */
const lookedEvery = 2000;

/** Opened, and renewed until it is closed. Left: there is no index, or the run that was named is not the index's. */
export const openServed = (wanted: Wanted): TE.TaskEither<Fault, Renewing> =>
  pipe(
    TE.fromIO(() => indexStamp(wanted.places)),
    TE.bindTo("stamp"),
    TE.bind("first", () => opened(wanted)),
    TE.chain(({ stamp, first }) => async () => {
      if (E.isLeft(first.embedder) && wanted.run !== undefined) {
        await first.index.close();
        return first.embedder;
      }
      const serving = renewing(first, stamp, {
        stamp: () => indexStamp(wanted.places),
        open: (before) => opened(wanted, before)(),
        onRenewed: (result) =>
          wanted.log(
            JSON.stringify({
              time: new Date().toISOString(),
              event: "index",
              ...(E.isRight(result) ? { pictures: result.right.index.about.count } : { cause: inFlags(result.left) }),
            }),
          ),
      });
      const timer = setInterval(() => void serving.look(), lookedEvery).unref();
      return E.right({
        ...serving,
        close: () => {
          clearInterval(timer);
          return serving.close();
        },
      });
    }),
  );
