/** What a loss is: its own settings, and the criterion that they make. */
import { type Fields, partOf, type ValuesOf } from "../../settings/index.js";
import type { Criterion } from "../criterion.js";
import type { Miner } from "../mining/miner.js";
import type { Variant } from "../statistics.js";

/** What every loss may use besides its own settings. */
export interface LossContext {
  readonly variant: Variant;
  readonly miner: Miner;
  /** What a loss with a parameter a class is built for; absent where nobody said. */
  readonly classes?: Classes | undefined;
}

/** What trains, for losses that have parameters of classes. */
export interface Classes {
  /** Classes that train: the labels are 0 .. count - 1. */
  readonly count: number;
  /** Numbers of an embedding, D. */
  readonly embedding: number;
}

interface Told {
  /** A line for `--help`. */
  readonly about: string;
  /** It has a parameter a class, and is built only where `classes` are told. */
  readonly ofClasses?: true;
}

/** A loss and its settings. */
export interface Loss extends Told {
  /** The settings that are this loss's alone, each with a default and a description. */
  readonly settings: Fields;
  /** Of all settings it takes its own; what is not given has its default. */
  readonly build: (settings: Readonly<Record<string, unknown>>, context: LossContext) => Criterion;
}

/** A loss whose `build` gets exactly the settings it states. */
export const describeLoss = <F extends Fields>(
  own: Told & { readonly settings: F; readonly build: (settings: ValuesOf<F>, context: LossContext) => Criterion },
): Loss => ({ ...own, build: (settings, context) => own.build(partOf(own.settings, settings), context) });
