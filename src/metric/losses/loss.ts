/** What a loss is: its own settings, and the criterion that they make. */
import type { z } from "zod";
import type { Criterion } from "../criterion.js";
import type { Miner } from "../mining/index.js";
import type { Variant } from "../statistics.js";

/** What every loss may use besides its own settings. */
export interface LossContext {
  readonly variant: Variant;
  readonly miner: Miner;
}

/** Parsed settings of a shape: only readable, lists too. */
export type FieldsOf<Shape extends z.ZodRawShape> = {
  readonly [Name in keyof Shape]: z.output<Shape[Name]> extends readonly (infer Entry)[] ? readonly Entry[] : z.output<Shape[Name]>;
};

export interface Loss<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** What it does, in words. */
  readonly about: string;
  /** Its own settings and no others: what is allowed, their defaults, what they are for. */
  readonly settings: Shape;
  readonly build: (settings: FieldsOf<Shape>, context: LossContext) => Criterion;
}
