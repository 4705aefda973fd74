/** The bytes of a checkpoint's tensors with its record as metadata: what `saveCheckpoint` seals and writes, and what a page seals and hands out. */
import { unsealed } from "../files/browser.js";
import type { Named, Tensor } from "../tensor/index.js";
import { encodeTensors, type Precision } from "../weights/index.js";

type Fields = Readonly<Record<string, unknown>>;

/** Raised when a record or the names of its tensors change: what each version lacks is filled in. */
export const migrations: readonly ((older: Fields) => Fields)[] = [
  (first) => first,
  (second) => second,
  ({ settings, ...third }) => ({
    ...third,
    run: "",
    // What stood fast before it could be set: classes came in the order of text, queries without a match counted as misses.
    settings: { classOrder: "text", lone: "miss", ...(settings as Fields) },
    trained: { images: 0, milliseconds: 0 },
    data: "",
    classes: [],
  }),
];

/** The newest version of a checkpoint's record. */
export const recordVersion = migrations.length;

/** What happened until a checkpoint, besides its tensors. `S` are all settings, or those that differ from their defaults. */
export interface RecordOf<S> {
  /** The run's identity; empty in checkpoints of versions that had none. */
  readonly run: string;
  readonly settings: S;
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed, over all epochs. */
  readonly step: number;
  /** Retrieval on the unseen classes after each epoch; the first entry is before training. */
  readonly history: readonly Readonly<Record<string, number>>[];
  readonly engine: string;
  readonly seconds: number;
  /** Pictures that training steps have gone through, and the time that the steps took. */
  readonly trained: { readonly images: number; readonly milliseconds: number };
  /** Of the data; empty where they are unknown. */
  readonly data: string;
  /** Names of the classes that train: whoever has this checkpoint alone knows what it has seen. */
  readonly classes: readonly string[];
}

/** Record and tensors as a file that is still to be sealed. */
export const tensorsFile = <S>(record: RecordOf<S>, tensors: Named<Tensor>, precision: Precision): Uint8Array =>
  encodeTensors({ tensors, metadata: { seal: unsealed, mdr: JSON.stringify({ version: recordVersion, ...record }) } }, precision);
