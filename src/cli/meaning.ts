/** What distances mean, as commands tell it: thresholds of a run, and the one that a search goes by. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { doubtOf, type Threshold } from "../evaluate/index.js";
import { type Fault, misused } from "../faults/index.js";
import { type Calibrated, folderOf, thresholdsFor } from "../runs/index.js";
import type { Network } from "../search/index.js";
import { inFlags } from "./finish.js";
import { percent, table } from "./output.js";
import { note } from "./session.js";
import type { Flags, Taken } from "./taken.js";

/** A share as a text: 0.001 -> "0.1 %". */
export const rateText = (rate: number): string => `${Number((100 * rate).toPrecision(6))} %`;

const numberIn = (text: unknown): number => (typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN);

const isRate = (rate: number): boolean => rate >= 0 && rate < 1;

/** Rates that `{thresholds}` asks for; undefined where it names none, for the usual ones. */
export const ratesIn = ({ thresholds }: Flags): E.Either<Fault, readonly number[] | undefined> => {
  if (typeof thresholds !== "string") return E.right(undefined);
  const rates = thresholds.split(",").map(numberIn);
  return rates.every(isRate)
    ? E.right(rates)
    : E.left(misused("use shares, 0 or more and less than 1, such as 0.001,0.01", { where: `{thresholds} ${thresholds}` }));
};

const pairsText = ({ tested, pictures, of, same, different }: Calibrated): string =>
  `${tested}, ${pictures === of ? "" : `${pictures} of `}${of} pictures: ${same} pairs of one class, ${different} of different classes`;

/** What is to be said against thresholds, a line each. */
export const doubtsOf = (calibrated: Calibrated): readonly string[] =>
  calibrated.thresholds.flatMap((threshold) => doubtOf(threshold, calibrated) ?? []);

const recallOf = ({ matches }: Threshold, { same }: Calibrated): number => (same === 0 ? 0 : matches / same);

/** A row a rate. */
export const thresholdTable = (calibrated: Calibrated): string =>
  [
    `thresholds by ${pairsText(calibrated)}`,
    table([
      ["false matches", "nearer than", "of one class", "false pairs"],
      ...calibrated.thresholds.map((one) => [
        rateText(one.rate),
        one.distance.toPrecision(4),
        percent(recallOf(one, calibrated)),
        String(one.falseMatches),
      ]),
    ]),
    ...doubtsOf(calibrated),
  ].join("\n");

/** Nearer than this is a match. */
export interface Limit {
  readonly distance: number;
  /** Of the run's threshold; undefined where the distance was given. */
  readonly rate?: number;
  /** Share of the pairs of one class that are as near. */
  readonly recall?: number;
  readonly tested?: string;
  readonly doubt?: string;
}

const limitOf = (threshold: Threshold, calibrated: Calibrated): Limit => {
  const doubt = doubtOf(threshold, calibrated);
  const { rate, distance } = threshold;
  return { rate, distance, recall: recallOf(threshold, calibrated), tested: calibrated.tested, ...(doubt === undefined ? {} : { doubt }) };
};

/** The thresholds of a checkpoint's own network. */
export const calibratedFor = ({ path, checkpoint }: Pick<Taken, "path" | "checkpoint">): E.Either<Fault, Calibrated> =>
  thresholdsFor(folderOf(checkpoint), path, checkpoint.record.step);

const atRate =
  (rate: number, where: string) =>
  (calibrated: Calibrated): E.Either<Fault, Limit> => {
    const found = calibrated.thresholds.find((one) => one.rate === rate);
    const known = calibrated.thresholds.map((one) => one.rate).join(", ");
    return found === undefined
      ? E.left(
          misused(`the run's thresholds are for ${known}`, {
            where,
            remedy: `take one of them, or have others found by \`mdr eval RUN {thresholds} ${known.replaceAll(" ", "")},${rate}\``,
          }),
        )
      : E.right(limitOf(found, calibrated));
  };

/** The limit that is asked for, by a distance or by a rate of the run's; undefined where neither is. */
export const limitAsked = (
  taken: Pick<Taken, "path" | "checkpoint"> | undefined,
  { under, falseMatches }: Flags,
): E.Either<Fault, Limit | undefined> => {
  if (under !== undefined && falseMatches !== undefined)
    return E.left(misused("a distance is given, and a rate of false matches: use one of them", { where: "{under} {falseMatches}" }));
  if (under !== undefined)
    return numberIn(under) >= 0
      ? E.right({ distance: numberIn(under) })
      : E.left(misused("use a distance, 0 or more", { where: `{under} ${String(under)}` }));
  if (falseMatches === undefined || taken === undefined) return E.right(undefined);
  const [rate, where] = [numberIn(falseMatches), `{falseMatches} ${String(falseMatches)}`];
  return isRate(rate)
    ? pipe(calibratedFor(taken), E.chain(atRate(rate, where)))
    : E.left(misused("use a share, 0 or more and less than 1, such as 0.01", { where }));
};

/** The run's threshold at 1 %, or the strictest where `strictest` is wanted or there is none at 1 %. */
export const usualLimit = (taken: Pick<Taken, "path" | "checkpoint">, strictest = false): E.Either<Fault, Limit> =>
  pipe(
    calibratedFor(taken),
    E.chain((calibrated) => {
      const rates = calibrated.thresholds.map(({ rate }) => rate);
      return atRate(!strictest && rates.includes(0.01) ? 0.01 : Math.min(...rates), taken.path)(calibrated);
    }),
  );

/** What distances are held against, and whether what is farther is left away. */
export interface Against {
  readonly limit?: Limit;
  readonly only: boolean;
}

/** What is asked for, or else the run's threshold at 1 %, where it has one. */
export const againstOf = (taken: Pick<Taken, "path" | "checkpoint">, flags: Flags): E.Either<Fault, Against> =>
  pipe(
    limitAsked(taken, flags),
    E.map((asked): Against => {
      if (asked !== undefined) return { limit: asked, only: true };
      const usual = usualLimit(taken);
      if (E.isRight(usual)) return { limit: usual.right, only: false };
      note([inFlags(usual.left)]);
      return { only: false };
    }),
  );

/**
 * The same of the network that an index was made with. Without it a distance that was asked for stands, and none is where none was;
 * it is wanted where it was `named`, or a rate of its run is asked for.
 */
export const againstOfIndex = (network: E.Either<Fault, Network>, named: boolean, flags: Flags): E.Either<Fault, Against> => {
  if (E.isRight(network)) return againstOf(network.right, flags);
  if (named || flags.falseMatches !== undefined) return network;
  return pipe(
    limitAsked(undefined, flags),
    E.map((asked): Against => (asked === undefined ? { only: false } : { limit: asked, only: true })),
  );
};

/** A limit in a line. */
export const limitText = ({ distance, rate, recall, tested, doubt }: Limit): string =>
  rate === undefined
    ? `nearer than ${distance}`
    : `threshold at ${rateText(rate)} false matches: nearer than ${distance.toPrecision(4)}, as ${percent(recall)} of the pairs of one class are (${tested})${doubt === undefined ? "" : `; ${doubt}`}`;
