/** The part of this room that needs no Node: a checkpoint as bytes, for a page that hands it out. */
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { withSeal } from "../files/browser.js";
import type { Named, Tensor } from "../tensor/index.js";
import type { Precision } from "../weights/index.js";
import { type RecordOf, tensorsFile } from "./tensorsFile.js";

export type { RecordOf } from "./tensorsFile.js";

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The parts one behind the other. */
const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((start, part) => {
    whole.set(part, start);
    return start + part.length;
  }, 0);
  return whole;
};

/**
 * A checkpoint that the `mdr` command reads, sealed by the browser's SHA-256; settings that are left out take their defaults there.
 * Left: this page was not loaded by a secure way, and so has no SHA-256.
 */
export const checkpointBytes = <S>(
  record: RecordOf<S>,
  tensors: Named<Tensor>,
  precision: Precision,
): TE.TaskEither<Fault, Uint8Array<ArrayBuffer>> => {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined)
    return TE.left(
      failed("this page cannot seal a checkpoint: it has no SHA-256", { remedy: "open the page by https, or from localhost" }),
    );
  const bytes = joined([tensorsFile(record, tensors, precision)]);
  return TE.map((sum: ArrayBuffer) => joined(withSeal(bytes, () => hex(new Uint8Array(sum)))))(
    TE.tryCatch(
      () => subtle.digest("SHA-256", bytes),
      (thrown) => failed(`sealing the checkpoint failed: ${String(thrown)}`),
    ),
  );
};
