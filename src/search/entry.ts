/** What an index knows of each picture, what it is asked and what it answers. Embeddings are [D] float32, D the index's width. */
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import type { SquareWish } from "../pictures/index.js";

/** A picture of the index. */
export interface Entry {
  /** Its path below the root, with forward slashes. */
  readonly file: string;
  /** The folder of the root that it lies in, in composed characters; undefined for a picture beside the folders. */
  readonly label: string | undefined;
  /** Of the bytes that were embedded: 128 bits of SHA-256, as `contentHash` gives them. */
  readonly digest: string;
  readonly embedding: Float32Array;
}

/** A picture that was found. */
export interface Match extends Omit<Entry, "embedding"> {
  /** Euclidean, in float64 of the float32 embeddings. */
  readonly distance: number;
}

/** What is kept of an index besides its pictures. */
export interface About {
  /** The run's identity; empty for runs that have none. */
  readonly run: string;
  /** Where its network was: a run's folder or a checkpoint, absolute. */
  readonly checkpoint: string;
  /** SHA-256 of the file of weights: embeddings of others mean nothing beside these. */
  readonly weights: string;
  /** Length of the embeddings. */
  readonly width: number;
  /** The folder that was indexed, absolute. */
  readonly root: string;
  /** Which share of the folder's pictures it has: number `number` of `of`, from 1 on. */
  readonly part: { readonly number: number; readonly of: number };
}

/** The same, and how many pictures there are. */
export interface Counted extends About {
  readonly count: number;
}

export interface Asked {
  /** How many matches, at most. */
  readonly count: number;
  /** How many of the nearest are passed over before them; 0 unless given. */
  readonly offset?: number | undefined;
  /** Only what is nearer than this. */
  readonly under?: number | undefined;
  /** Only pictures of this label. */
  readonly label?: string | undefined;
}

export interface Found {
  /** Nearest first; of two as near, the file that comes first by code unit. */
  readonly matches: readonly Match[];
  /** Whether nothing nearer can be missing: false where an approximate index answered. */
  readonly exact: boolean;
  /** Shards that gave no answer, with the reason: what is found is then a part. */
  readonly missing: readonly Fault[];
}

export interface LabelCount {
  readonly label: string;
  readonly count: number;
}

/** An open index, for whoever searches. Nothing in it changes; calls may overlap. */
export interface Index {
  readonly about: Counted;
  /** The nearest to a point of the embedding's space, [D]. */
  readonly find: (aim: Float32Array, asked: Asked) => TE.TaskEither<Fault, Found>;
  /** The picture at this path below the root; undefined where there is none. */
  readonly entryOf: (file: string) => TE.TaskEither<Fault, Entry | undefined>;
  /** A picture of this content; undefined where there is none. */
  readonly entryLike: (digest: string) => TE.TaskEither<Fault, Entry | undefined>;
  /** Labels by code unit, and how many pictures each has. */
  readonly labels: () => TE.TaskEither<Fault, readonly LabelCount[]>;
  readonly close: () => Promise<void>;
}

export interface EmbedderOptions {
  readonly engine?: string | undefined;
  readonly gpuMode?: string | undefined;
  readonly maxPixels?: number | undefined;
  /** Decodes to pixels [side, side, 3] somewhere else than here. */
  readonly square?: ((bytes: Uint8Array, name: string, wish: SquareWish) => TE.TaskEither<Fault, Uint8Array>) | undefined;
}

/** An index's network, open for pictures that come one at a time. */
export interface PhotoEmbedder {
  /** The engine, and why it was chosen, in a line. */
  readonly why: string;
  /** The embedding [D] of a JPEG or PNG file's bytes, which faults call `name`. Calls wait for each other. */
  readonly embed: (bytes: Uint8Array, name: string) => TE.TaskEither<Fault, Float32Array>;
  readonly close: () => Promise<void>;
}
