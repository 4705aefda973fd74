/** A run taken up again: what may be changed, and its folder, where it lies or in another. */
import { existsSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Recorded } from "../datasets/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { bestEpochOf } from "../train/index.js";
import type { Precision } from "../weights/index.js";
import { isOurCard } from "./card.js";
import {
  type Checkpoint,
  type FoundCheckpoint,
  filesNamed,
  folderOf,
  loadCheckpoint,
  readCheckpoint,
  readNamed,
  saveCheckpoint,
  writeNamed,
} from "./checkpoint.js";
import { type Claim, claimFolder, identityOf, locked, namesIn, newIdentity, remove, tidied, writeIdentity } from "./folder.js";
import { beginMetrics } from "./log.js";
import { cardFile, isTensorsName, recordFile, resultsFile } from "./names.js";
import type { RunRecord } from "./record.js";
import type { SettingName, Settings } from "./settings.js";

/** What another machine, place or patience may change of a run without making it another. */
export const resumable: ReadonlySet<SettingName> = new Set([
  "epochs",
  "out",
  "data",
  "features",
  "labels",
  "cache",
  "engine",
  "gpuMode",
  "stepsPerPlan",
  "microBatch",
  "strict",
  "maxPixels",
]);

const shown = (value: unknown): string => JSON.stringify(value) ?? "not set";

/** The settings that a run goes on with: its own, and of those given anew the ones that may differ. Left: the others, by name. */
export const resumedSettings = (
  recorded: Settings,
  given: Readonly<Record<string, unknown>>,
): E.Either<Fault, Readonly<Record<string, unknown>>> => {
  const before: Readonly<Record<string, unknown>> = recorded;
  const changed = Object.keys(given).filter((name) => !resumable.has(name) && shown(given[name]) !== shown(before[name]));
  return changed.length === 0
    ? E.right({ ...before, ...given })
    : E.left(
        misused(
          `a run that goes on keeps its settings: ${changed.map((name) => `{${name}} is ${shown(before[name])}, not ${shown(given[name])}`).join("; ")}`,
          {
            remedy: `leave them out, or begin a new run; these may change: ${[...resumable].map((name) => `{${name}}`).join(", ")}`,
          },
        ),
      );
};

/** Removes checkpoints of this run that no record names, left by a kill, and results that are about to be others. */
const cleared = (folder: string, run: string, except: string): E.Either<Fault, unknown> => {
  const named = filesNamed(folder);
  const unnamed = namesIn(folder).filter((name) => {
    if (!isTensorsName(name) || named.includes(name) || name === except) return false;
    const found = readCheckpoint(join(folder, name));
    return E.isRight(found) && found.right.record.run === run;
  });
  const made = [resultsFile(folder), ...(isOurCard(folder) ? [cardFile(folder)] : [])].filter((file) => existsSync(file));
  return remove(folder, [...unnamed, ...made.map((file) => basename(file))]);
};

/** `last.json` names this checkpoint, and `best.json` the best of the epochs until here; a line where that is lost. */
const repointed = (folder: string, { file, record }: FoundCheckpoint): E.Either<Fault, readonly string[]> => {
  const name = basename(file);
  const last = readNamed(recordFile(folder, "last"));
  const best = readNamed(recordFile(folder, "best"));
  const wanted = bestEpochOf(record.history);
  const holds = E.isRight(best) && best.right.record.epoch === wanted;
  const isHere = record.epoch === wanted && record.step === wanted * record.settings.iterations;
  return pipe(
    E.isRight(last) && last.right.file === file ? E.right("") : writeNamed(folder, "last", name, record),
    E.chain(() => (holds || !isHere ? E.right("") : writeNamed(folder, "best", name, record))),
    E.map(() =>
      holds || isHere || record.history.length === 0
        ? []
        : [
            `the weights of the best epoch so far (${wanted}) are lost${E.isLeft(best) ? ` (${best.left.message})` : ""}; its scores are kept`,
          ],
    ),
  );
};

const notLast = (file: string, folder: string): Fault =>
  misused("is not the last checkpoint of its run", {
    where: file,
    remedy: `resume the folder, \`mdr train {resume} ${folder}\`, or go on from here in a folder of its own with {out}`,
  });

/** What is damaged, and from where the run goes on instead. */
const damageOf = ({ damage, file, record }: FoundCheckpoint): readonly string[] =>
  damage.length === 0 ? [] : [...damage, `going on from ${file}, after step ${record.step}`];

/** The run goes on in the folder where its checkpoint lies. */
const inPlace = (folder: string, found: FoundCheckpoint, data: Recorded | null): E.Either<Fault, Claim> =>
  locked(folder, (release) =>
    pipe(
      E.Do,
      E.bind("known", () => identityOf(folder)),
      E.bind("last", () => loadCheckpoint(folder)),
      E.chainFirst(({ last }) => (last.record.step === found.record.step ? E.right(undefined) : E.left(notLast(found.file, folder)))),
      E.bind("identity", ({ known }) =>
        known === undefined
          ? writeIdentity(folder, newIdentity(data))
          : found.record.run !== "" && known.run !== found.record.run
            ? E.left(failed(`is of another run than run.json`, { where: found.file, remedy: "keep each run in a folder of its own" }))
            : E.right(known),
      ),
      E.chainFirst(() => tidied(folder)),
      E.chainFirst(({ identity }) => cleared(folder, identity.run, basename(found.file))),
      E.bind("lost", () => repointed(folder, found)),
      E.bind("notes", ({ identity }) =>
        beginMetrics(folder, identity.run, { step: found.record.step, epochs: found.record.history.length }),
      ),
      E.map(({ identity, lost, notes }) => ({ identity, notes: [...damageOf(found), ...lost, ...notes], release })),
    ),
  );

/** The run goes on as a new one in a folder of its own: with what was computed until here. */
const elsewhere = (
  out: string,
  found: FoundCheckpoint,
  data: Recorded | null,
  force: boolean,
  precision: Precision,
): E.Either<Fault, Claim> => {
  const from = folderOf(found);
  const best = readNamed(recordFile(from, "best"));
  const isBest = E.isRight(best) && best.right.record.epoch === bestEpochOf(found.record.history);
  const as = (run: string, { record, tensors }: Checkpoint): Checkpoint => ({ record: { ...record, run } satisfies RunRecord, tensors });
  return pipe(
    claimFolder(out, data, force),
    E.chain(({ identity, release }) =>
      pipe(
        isBest ? saveCheckpoint(out, ["best"], as(identity.run, best.right), precision) : E.right(""),
        E.chain(() => saveCheckpoint(out, ["last"], as(identity.run, found), precision)),
        E.chain(() => beginMetrics(out, identity.run, { step: found.record.step, epochs: found.record.history.length, from })),
        E.bimap(
          (fault) => {
            release();
            return fault;
          },
          (notes): Claim => ({ identity, notes: [...damageOf(found), ...notes], release }),
        ),
      ),
    ),
  );
};

/** Takes the folder `out` for a run that goes on from a checkpoint. */
export const resumeFolder = (
  out: string,
  found: FoundCheckpoint,
  data: Recorded | null,
  force: boolean,
  precision: Precision,
): E.Either<Fault, Claim> =>
  resolve(out) === resolve(folderOf(found)) ? inPlace(out, found, data) : elsewhere(out, found, data, force, precision);
