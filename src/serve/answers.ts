/** Questions to answers: a picture of the index or one from outside, and what is near to it. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { z } from "zod";
import { type Fault, misused, sentence } from "../faults/index.js";
import { openImage } from "../pictures/index.js";
import type { Entry } from "../search/index.js";
import { contentHash } from "../store/index.js";
import { cacheOf } from "./cache.js";
import { fileOf, type Shown, thumbnailOf } from "./pictures.js";
import { failure, type Problem, problem } from "./problem.js";
import type { askedSchema, FoundAnswer } from "./schema.js";
import type { Served } from "./served.js";
import type { Service } from "./service.js";
import type { Turn } from "./work.js";

export type AskedFor = z.infer<typeof askedSchema>;

/** What anything that is kept costs beside its own bytes, about. */
const overhead = 512;

/** Bytes of small pictures, and of the embeddings of late uploads, that are kept. */
const thumbnailRoom = 32 << 20;
const uploadRoom = 4 << 20;

const noAnswer = (fault: Fault): Problem => failure("the index gives no answer; the service's log says why", fault, 503);

const nothingThere = (what: string): Problem => problem(404, misused(what, { remedy: "ask for one that was found" }));

/** Uploads have no name here: a client's is nobody's business, and would stand in the log. */
const upload = "the upload";

/** What a picture is looked for by. */
interface Aim {
  readonly file: string | null;
  readonly digest: string;
  readonly embedding: Float32Array;
}

const orNothing =
  (what: string) =>
  (entry: Entry | undefined): E.Either<Problem, Entry> =>
    entry === undefined ? E.left(nothingThere(what)) : E.right(entry);

export interface Answers {
  readonly nearFile: (served: Served, file: string, asked: AskedFor, turn: Turn) => TE.TaskEither<Problem, FoundAnswer>;
  readonly nearUpload: (served: Served, bytes: Uint8Array, asked: AskedFor, turn: Turn) => TE.TaskEither<Problem, FoundAnswer>;
  /** A picture of the index: its file, or a small JPEG of it. */
  readonly picture: (served: Served, digest: string, side: number | undefined, turn: Turn) => TE.TaskEither<Problem, Shown>;
  /** Bytes that are kept to be answered with again. */
  readonly kept: () => number;
}

export const answersOf = ({ decoders, settings: { maxPixels } }: Pick<Service, "decoders" | "settings">): Answers => {
  const thumbnails = cacheOf<Shown>(thumbnailRoom, ({ bytes }) => bytes.length + overhead);
  const uploads = cacheOf<Float32Array>(uploadRoom, ({ byteLength }) => byteLength + overhead);

  const near = (
    { index, threshold }: Served,
    { file, digest, embedding }: Aim,
    { count, offset, under, label }: AskedFor,
  ): TE.TaskEither<Problem, FoundAnswer> =>
    pipe(
      // One more than is asked for tells whether there are more.
      index.find(embedding, { count: count + 1, offset, under, label }),
      TE.bimap(noAnswer, ({ matches, exact, missing }) => ({
        query: { file, digest },
        matches: matches.slice(0, count).map((match) => ({
          file: match.file,
          label: match.label ?? null,
          digest: match.digest,
          distance: match.distance,
          same: match.digest === digest,
        })),
        more: matches.length > count,
        exact,
        // Where a part lies is nobody's business.
        missing: missing.map((fault) => sentence({ ...fault, where: "" })),
        threshold: threshold ?? null,
      })),
    );

  /** Its headers are read before anything is decoded or waited for. */
  const looked = ({ embedder }: Served, bytes: Uint8Array): TE.TaskEither<Problem, Float32Array> =>
    pipe(
      TE.fromEither(openImage(bytes, upload, maxPixels)),
      TE.mapLeft((fault) => problem(422, fault)),
      TE.chain(() =>
        TE.fromEither(
          E.mapLeft((fault: Fault) => failure("uploads cannot be looked for: the index's network is not at hand", fault, 503))(embedder),
        ),
      ),
      TE.chain(({ embed }) =>
        pipe(
          embed(bytes, upload),
          TE.mapLeft((fault) =>
            fault.kind === "failed" ? problem(422, fault) : failure("the network could not look at the upload", fault),
          ),
        ),
      ),
    );

  /** What was embedded before is not embedded again: not the index's pictures, and no upload for its next page. */
  const embeddingOf = (served: Served, bytes: Uint8Array, digest: string): TE.TaskEither<Problem, Float32Array> => {
    const { index } = served;
    // Another network sees the same bytes otherwise.
    const key = `${index.about.weights} ${digest}`;
    const known = uploads.get(key);
    if (known !== undefined) return TE.right(known);
    return pipe(
      index.entryLike(digest),
      TE.mapLeft(noAnswer),
      TE.chain((entry) => (entry === undefined ? looked(served, bytes) : TE.right(entry.embedding))),
      TE.map((embedding) => {
        uploads.put(key, embedding);
        return embedding;
      }),
    );
  };

  return {
    nearFile: (served, file, asked, turn) =>
      pipe(
        turn,
        TE.chain(() => TE.mapLeft(noAnswer)(served.index.entryOf(file))),
        TE.chainEitherK(orNothing("the index has no such picture")),
        TE.chain((entry) => near(served, entry, asked)),
      ),
    nearUpload: (served, bytes, asked, turn) => {
      const digest = contentHash(bytes);
      return pipe(
        turn,
        TE.chain(() => embeddingOf(served, bytes, digest)),
        TE.chain((embedding) => near(served, { file: null, digest, embedding }, asked)),
      );
    },
    picture: ({ index }, digest, side, turn) => {
      const key = `${digest} ${side}`;
      const known = side === undefined ? undefined : thumbnails.get(key);
      if (known !== undefined) return TE.right(known);
      return pipe(
        turn,
        TE.chain(() => TE.mapLeft(noAnswer)(index.entryLike(digest))),
        TE.chainEitherK(orNothing("the index has no picture of this content")),
        TE.chain((entry) =>
          pipe(
            TE.fromEither(fileOf(index.about.root, entry, maxPixels)),
            TE.chain((shown) => (side === undefined ? TE.right(shown) : thumbnailOf(decoders.decode, side, maxPixels)(shown, entry.file))),
          ),
        ),
        TE.map((shown) => {
          if (side !== undefined) thumbnails.put(key, shown);
          return shown;
        }),
      );
    },
    kept: () => thumbnails.weight() + uploads.weight(),
  };
};
