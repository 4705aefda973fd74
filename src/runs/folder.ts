/**
 * A run's folder belongs to one run: `run.json` says to which, and `run.lock` that it is being written. A new run is refused where
 * another one is, or begins clean where that is asked for; it never mixes with what another left. Files that are no run's stay as
 * they are.
 */
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Recorded } from "../datasets/index.js";
import { type Fault, inWords, misused } from "../faults/index.js";
import { heldBy, readRecord, recordText, removeFile, takeLock, writeWhole } from "../files/index.js";
import { isOurCard } from "./card.js";
import { readCheckpoint } from "./checkpoint.js";
import { beginMetrics, readMetrics } from "./log.js";
import { isOurReport } from "./mark.js";
import { checkpointNames, isLeftover, isRunName, isTensorsName, lockFile, recordFile, runFile } from "./names.js";
import { identityRecord, identityRows, namedRecord, type RunIdentity, resultsRecord } from "./record.js";
import { thresholdsRecord } from "./thresholds.js";

/** A folder that is this run's until it is given back. */
export interface Claim {
  readonly identity: RunIdentity;
  /** What was found damaged or cleared up, a line each. */
  readonly notes: readonly string[];
  readonly release: () => void;
}

/** Who a folder belongs to; undefined where it has no identity, as in runs of earlier versions. */
export const identityOf = (folder: string): E.Either<Fault, RunIdentity | undefined> =>
  existsSync(runFile(folder)) ? readRecord(runFile(folder), identityRecord) : E.right(undefined);

export const namesIn = (folder: string): readonly string[] =>
  E.getOrElse((): readonly string[] => [])(E.tryCatch(() => readdirSync(folder), inWords));

/** Whether a file under a run's name was written by a run: what was not is never removed. */
const isOurs = (folder: string, name: string): boolean => {
  const path = join(folder, name);
  if (isTensorsName(name)) return E.isRight(readCheckpoint(path));
  if (name === "run.json") return E.isRight(readRecord(path, identityRecord));
  if (name === "card.md") return isOurCard(folder);
  if (name === "report.html") return isOurReport(folder);
  if (name === "results.json") return E.isRight(readRecord(path, resultsRecord));
  if (name === "thresholds.json") return E.isRight(readRecord(path, thresholdsRecord));
  if (name === "metrics.jsonl") return readMetrics(folder).run !== undefined || readMetrics(folder).lines.length > 0;
  return E.isRight(readRecord(path, namedRecord));
};

export const remove = (folder: string, names: readonly string[]): E.Either<Fault, unknown> =>
  pipe(
    names,
    E.traverseArray((name) => removeFile(join(folder, name))),
  );

/** Whether a run has got as far as a checkpoint there. */
const hasCheckpoint = (folder: string): boolean =>
  checkpointNames.some((name) => existsSync(recordFile(folder, name))) || namesIn(folder).some(isTensorsName);

const occupied = (folder: string): Fault =>
  misused("holds a run already", {
    where: folder,
    remedy: `go on with it by \`mdr train {resume} ${folder}\`, begin anew in its place with {force}, or choose another {out}`,
  });

const foreign = (folder: string, name: string): Fault =>
  misused(`${name} is there and was not written by a run, or is damaged: a run would write over it`, {
    where: folder,
    remedy: "move it away, or choose another {out}",
  });

/** Why a new run may not begin in a folder; what a run writes there now counts. It changes nothing. */
export const refusal = (folder: string, force: boolean): Fault | undefined => {
  const names = namesIn(folder).filter(isRunName);
  const held = heldBy(lockFile(folder));
  if (held !== undefined) return held;
  if (!force && hasCheckpoint(folder) && names.some((name) => isOurs(folder, name))) return occupied(folder);
  const other = names.find((name) => !isOurs(folder, name));
  return other === undefined ? undefined : foreign(folder, other);
};

/** Work under the folder's lock, which is kept where the work succeeds. */
export const locked = <A>(folder: string, work: (release: () => void) => E.Either<Fault, A>): E.Either<Fault, A> =>
  pipe(
    takeLock(lockFile(folder)),
    E.chain(({ release }) =>
      E.mapLeft((fault: Fault) => {
        release();
        return fault;
      })(work(release)),
    ),
  );

/** Removes what a kill left behind while it wrote. */
export const tidied = (folder: string): E.Either<Fault, unknown> => remove(folder, namesIn(folder).filter(isLeftover));

export const writeIdentity = (folder: string, identity: RunIdentity): E.Either<Fault, RunIdentity> =>
  pipe(
    writeWhole(runFile(folder), recordText(identityRows(identity), identityRecord, 0)),
    E.map(() => identity),
  );

export const newIdentity = (data: Recorded | null): RunIdentity => ({ run: randomUUID(), begun: new Date().toISOString(), data });

/** Takes a folder for a new run. Left: another run has it, or files that are no run's are in the way. */
export const claimFolder = (folder: string, data: Recorded | null, force: boolean): E.Either<Fault, Claim> => {
  const refused = refusal(folder, force);
  if (refused !== undefined) return E.left(refused);
  return locked(folder, (release) =>
    pipe(
      tidied(folder),
      E.chain(() => remove(folder, namesIn(folder).filter(isRunName))),
      E.chain(() => writeIdentity(folder, newIdentity(data))),
      E.chainFirst(({ run }) => beginMetrics(folder, run, { step: 0, epochs: 0 })),
      E.map((identity) => ({ identity, notes: [], release })),
    ),
  );
};
