/**
 * Pictures decoded while others are used already. Their contents are known, so that whoever trains has the list of them; those that
 * somebody waits for are decoded first, and the order changes no pixel. What turns out to be of no use was counted on: from then on
 * nothing is given out any more.
 */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, spoilt } from "../faults/index.js";
import { performEach, type Work } from "../workers/index.js";
import type { Coming } from "./reading.js";
import type { Ready, ReadyJob } from "./ready.js";

/** What of a store is still being decoded. */
export interface Rest {
  /** How many pictures when the store was opened; 0 where the opening waited for all. */
  readonly count: number;
  /** When all are decoded: what needs attention, a line each. Left: one is of no use, or the decoding was stopped. */
  readonly done: TE.TaskEither<Fault, readonly string[]>;
  /** Begins no further picture. What is decoded is kept. */
  readonly stop: () => Promise<void>;
}

/** Where nothing is left to be decoded. */
export const noRest: Rest = { count: 0, done: async () => E.right([]), stop: async () => undefined };

export const noneComing: Coming = { fault: () => undefined, squareOf: () => async () => E.right(undefined) };

/** A picture that is to be decoded. */
export interface Awaited {
  readonly number: number;
  readonly job: ReadyJob;
  /** Of the content that its user was told of. */
  readonly hash: string;
}

export interface FillingSettings {
  readonly awaited: readonly Awaited[];
  readonly work: Omit<Work<ReadyJob, Ready>, "jobs" | "urgent" | "stopped">;
  /** Takes a decoded picture, into shards and memory. */
  readonly keep: (awaited: Awaited, pixels: Uint8Array) => void;
  /** The pixels of a decoded picture that is in no shard yet. */
  readonly held: (number: number) => Uint8Array | undefined;
  /** Writes what is left; what needs attention. */
  readonly finish: () => readonly string[];
}

const whyBad = ({ hash }: Awaited, ready: Ready): string =>
  ready.kind === "bad" ? ready.why : ready.kind === "decoded" && ready.hash !== hash ? "its content is another than a moment ago." : "";

const uselessOf = ({ job }: Awaited, why: string): Fault =>
  spoilt(`the run counts on it: ${why} A new run leaves it out.`, { where: job.path });

const ended = failed("the pictures are closed, and this one was not decoded before");

/** Begins to decode, in the order of the list but for what is waited for. */
export const filling = ({ awaited, work, keep, held, finish }: FillingSettings): { readonly coming: Coming; readonly rest: Rest } => {
  const positions = new Map(awaited.map(({ number }, position) => [number, position]));
  const waiting = new Map<number, ((square: E.Either<Fault, Uint8Array>) => void)[]>();
  const wanted: number[] = [];
  let fault: Fault | undefined;
  let stopped = false;
  const answer = (number: number, square: E.Either<Fault, Uint8Array>): void => {
    for (const resolve of waiting.get(number) ?? []) resolve(square);
    waiting.delete(number);
  };
  const end = (because: Fault): void => {
    stopped = true;
    fault ??= because;
    for (const number of [...waiting.keys()]) answer(number, E.left(fault));
  };
  const decoding = performEach<ReadyJob, Ready>(
    { ...work, jobs: awaited.map(({ job }) => job), urgent: () => wanted.shift(), stopped: () => stopped },
    (ready, position) => {
      const one = awaited[position] as Awaited;
      const why = whyBad(one, ready);
      if (why !== "") end(uselessOf(one, why));
      else if (ready.kind === "decoded") {
        keep(one, ready.pixels);
        positions.delete(one.number);
        answer(one.number, E.right(ready.pixels));
      }
    },
  ).then(finish);
  const squareOf: Coming["squareOf"] = (number) => async () => {
    const position = positions.get(number);
    if (position === undefined) return E.right(held(number));
    return new Promise((resolve) => {
      waiting.set(number, [...(waiting.get(number) ?? []), resolve]);
      wanted.push(position);
    });
  };
  return {
    coming: { fault: () => fault, squareOf },
    rest: {
      count: awaited.length,
      done: async () => {
        const warnings = await decoding;
        return fault === undefined ? E.right(warnings) : E.left(fault);
      },
      stop: async () => {
        if (positions.size > 0) end(ended);
        await decoding;
      },
    },
  };
};
