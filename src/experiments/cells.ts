/** Cells on the disk: each is a run's folder under the cell's name, which goes on from its own checkpoint and is known to be finished. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { fingerprintOf } from "../datasets/index.js";
import { readRecord } from "../files/index.js";
import {
  type FoundCheckpoint,
  identityOf,
  loadCheckpoint,
  type MetricsLine,
  namedRecord,
  readMetrics,
  readResults,
  recordFile,
  resultIn,
} from "../runs/index.js";
import { type Cell, deciding } from "./grid.js";
import type { Done } from "./outcome.js";
import type { Values } from "./recipe.js";

export const cellFolder = (out: string, { id }: Pick<Cell, "id">): string => join(out, "cells", id);

/** Whether a run had the settings that a cell asks for. What a cell leaves open, the run may have fitted to the data. */
const asAsked = ({ settings }: Cell, had: Values): boolean => {
  const own = deciding(had);
  return Object.entries(deciding(settings)).every(([name, value]) => JSON.stringify(value) === JSON.stringify(own[name]));
};

const numberIn = (scores: unknown, name: string): number | undefined => {
  const found = typeof scores === "object" && scores !== null ? (scores as Values)[name] : undefined;
  return typeof found === "number" ? found : undefined;
};

/** Recall@1 epoch by epoch, as far as the metrics tell it. */
const curveOf = (lines: readonly MetricsLine[]): Done["curve"] =>
  lines.flatMap(({ event, epoch, scores, trained }) => {
    const tested = numberIn(scores, "recall@1");
    if (event !== "epoch" || typeof epoch !== "number" || tested === undefined) return [];
    const own = numberIn(trained, "recall@1");
    return [{ epoch, tested, ...(own === undefined ? {} : { trained: own }) }];
  });

/** How many training pictures the metrics score; undefined where none. */
const sampledIn = (lines: readonly MetricsLine[]): number | undefined =>
  lines.map(({ trained }) => numberIn(trained, "pictures")).find((count) => count !== undefined);

/** What a finished cell came to; undefined where its folder holds no finished run of it on these data. */
export const finishedIn = (out: string, cell: Cell, fingerprint: string): Done | undefined => {
  const folder = cellFolder(out, cell);
  const [results, identity, last] = [readResults(folder), identityOf(folder), readRecord(recordFile(folder, "last"), namedRecord)];
  if (E.isLeft(results) || E.isLeft(identity) || E.isLeft(last)) return undefined;
  const { run, data = null } = identity.right ?? {};
  const own = results.right.run === run && last.right.run === run && data !== null && fingerprintOf(data) === fingerprint;
  if (!own || !asAsked(cell, results.right.settings)) return undefined;
  const { final, best, epochs, bestEpoch, seconds } = resultIn(results.right);
  const { tested } = results.right;
  const { engine } = last.right;
  const { lines } = readMetrics(folder);
  return { kind: "done", final, best, epochs, bestEpoch, seconds, engine, tested, curve: curveOf(lines), sampled: sampledIn(lines) };
};

/** The checkpoint that a cell goes on from; undefined where it begins anew. */
export const begunIn = (out: string, cell: Cell, fingerprint: string): FoundCheckpoint | undefined => {
  const found = loadCheckpoint(cellFolder(out, cell));
  return E.isRight(found) && found.right.record.data === fingerprint && asAsked(cell, found.right.record.settings)
    ? found.right
    : undefined;
};
