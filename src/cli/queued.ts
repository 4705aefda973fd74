/** What commands that reach a queue have in common: its address, and how its words are shown. */
import { hostname } from "node:os";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, misused } from "../faults/index.js";
import { addressOf, type Connection, connect } from "../queue/index.js";
import { warn } from "./output.js";
import type { Flags } from "./taken.js";

/** Where a password may stand that nobody should see among the flags of a running program. */
export const passwordVariable = "MDR_QUEUE_PASSWORD";

/** A whole number that a flag says, or the usual one. */
export const wholeIn = (
  flags: Flags,
  name: string,
  { usual, lowest, highest }: { readonly usual: number; readonly lowest: number; readonly highest: number },
): E.Either<Fault, number> => {
  const value = Number(flags[name] ?? usual);
  return Number.isInteger(value) && value >= lowest && value <= highest
    ? E.right(value)
    : E.left(misused(`use a whole number from ${lowest} to ${highest}`, { where: `{${name}} ${String(flags[name])}` }));
};

/** Connects to the queue that a flag names. What becomes of the connection is said. */
export const connected = (flags: Flags): TE.TaskEither<Fault, Connection> =>
  pipe(
    TE.fromEither(addressOf(String(flags.queue), process.env[passwordVariable])),
    TE.chain((address) => connect(address, warn)),
  );

/** A worker's name where it is given none: no two are alike. */
export const ownName = (): string => `${hostname()}-${process.pid}`;
