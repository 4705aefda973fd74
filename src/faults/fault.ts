/**
 * What went wrong, as a value. A remedy names a setting in braces, `{learningRate}`: a library has settings and no flags;
 * the command line alone says `--learning-rate`.
 */
import { legible, shortened, visible } from "./visible.js";

/**
 * `usage`: asked for what cannot be; `interrupted`: stopped by its user; `spoilt`: an example that was counted on is of no use; the others
 * name the part that failed.
 */
export type FaultKind = "failed" | "usage" | "interrupted" | "spoilt" | "shape" | "engine";

/** What went wrong, in words for the user. */
export interface Fault {
  readonly _tag: "Fault";
  readonly kind: FaultKind;
  /** The file, setting, tensor or step it is about; "" where `what` says it all. */
  readonly where: string;
  readonly what: string;
  /** What to do about it; "" where nothing can be. */
  readonly remedy: string;
  /** All three in a line, settings by their names. */
  readonly message: string;
}

/** Where something went wrong and what to do about it, where that is known. */
export interface Circumstances {
  readonly where?: string;
  readonly remedy?: string;
}

/** A path may be this long and still be shown whole. */
const whereLimit = 500;

/**
 * Where, what and remedy as one line, and a list below it where `what` has one; safe for a terminal and bounded in length.
 * `name` says a setting's name to whoever reads it.
 */
export const sentence = (
  { where, what, remedy }: Pick<Fault, "where" | "what" | "remedy">,
  name: (setting: string) => string = (setting) => setting,
): string =>
  [shortened(visible(where), whereLimit), legible(what), legible(remedy)]
    .filter((part) => part !== "")
    .join(": ")
    .replace(/\{([a-z][A-Za-z]*)\}/g, (_, setting: string) => name(setting));

const fault =
  (kind: FaultKind) =>
  (what: string, { where = "", remedy = "" }: Circumstances = {}): Fault => ({
    _tag: "Fault",
    kind,
    where,
    what,
    remedy,
    message: sentence({ where, what, remedy }),
  });

/** Something could not be done. */
export const failed = fault("failed");
/** Something was asked for that cannot be. */
export const misused = fault("usage");
/** The user stopped it. */
export const interrupted = fault("interrupted");
/** An example that was counted on is of no use. */
export const spoilt = fault("spoilt");
/** Shapes that do not fit; names the axis. */
export const shapeError = fault("shape");
/** An engine that cannot compute what it was given. */
export const engineError = fault("engine");
