/** What is left out, in words. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type { LeftOut } from "../datasets/index.js";
import { type Fault, failed, listed } from "../faults/index.js";

export const lineOf = (root: string, { path, why }: LeftOut): string => `${join(root, path)}: ${why}`;

/** All that is left out, or the fault that it is. */
export const excused = (root: string, leftOut: readonly LeftOut[], strict: boolean | undefined): E.Either<Fault, readonly LeftOut[]> =>
  leftOut.length === 0 || strict !== true
    ? E.right(leftOut)
    : E.left(
        failed(
          `${leftOut.length} cannot be used; replace or remove them, or go on without them by leaving out {strict}:${listed(
            leftOut.map((one) => lineOf(root, one)),
            leftOut.length,
          )}`,
          { where: root },
        ),
      );

export const leftOutWarning = (root: string, leftOut: readonly LeftOut[]): readonly string[] =>
  leftOut.length === 0 ? [] : [`left out ${leftOut.length} that cannot be used:${listed(leftOut.map((one) => lineOf(root, one)))}`];
