/** What a regularizer is: its own settings, and the criterion that they make. It stands beside any loss and any head. */
import type { z } from "zod";
import type { Criterion } from "../criterion.js";
import type { FieldsOf } from "../losses/index.js";
import type { Variant } from "../statistics.js";

export interface RegularizerContext {
  readonly variant: Variant;
}

export interface Regularizer<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** What it does, in words. */
  readonly about: string;
  /** Its own settings and no others: what is allowed, their defaults, what they are for. */
  readonly settings: Shape;
  readonly build: (settings: FieldsOf<Shape>, context: RegularizerContext) => Criterion;
}
