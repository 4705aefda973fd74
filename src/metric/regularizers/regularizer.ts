/** What a regularizer is: its own settings, and the criterion that they make. It stands beside any loss and under any head. */
import { type Fields, partOf, type ValuesOf } from "../../settings/index.js";
import type { Criterion } from "../criterion.js";
import type { Variant } from "../statistics.js";

/** What a regularizer is told of the run. */
export interface RegularizerContext {
  readonly variant: Variant;
}

interface Told {
  /** A line for `--help`. */
  readonly about: string;
}

/** A regularizer and its settings. */
export interface Regularizer extends Told {
  /** The settings that are this regularizer's alone, each with a default and a description. */
  readonly settings: Fields;
  /** Of all settings it takes its own; what is not given has its default. */
  readonly build: (settings: Readonly<Record<string, unknown>>, context: RegularizerContext) => Criterion;
}

/** A regularizer whose `build` gets exactly the settings it states. */
export const describeRegularizer = <F extends Fields>(
  own: Told & { readonly settings: F; readonly build: (settings: ValuesOf<F>, context: RegularizerContext) => Criterion },
): Regularizer => ({ ...own, build: (settings, context) => own.build(partOf(own.settings, settings), context) });
