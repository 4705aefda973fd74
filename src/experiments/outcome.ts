/** What became of a cell, as data that a file or a wire can hold. */
import { z } from "zod";

/** A number, where JSON has `null` for what is none. */
const number = z.union([z.number(), z.null().transform(() => Number.NaN)]);

const scores = z.record(z.string(), number);

const curvePoint = z.object({
  epoch: z.int(),
  /** Recall@1 of what was never seen. */
  tested: number,
  /** Recall@1 of a sample of training pictures, where that was asked for. */
  trained: number.optional(),
});

export const outcomeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("done"),
    final: scores,
    best: scores,
    epochs: z.int(),
    bestEpoch: z.int(),
    seconds: number,
    /** The engine in words. */
    engine: z.string(),
    /** What the scores are of. */
    tested: z.string(),
    curve: z.array(curvePoint),
    /** Of how many training pictures the curve tells. */
    sampled: z.int().optional(),
  }),
  z.object({ kind: z.literal("failed"), why: z.string() }),
]);

export type Outcome = Readonly<z.infer<typeof outcomeSchema>>;
export type Done = Extract<Outcome, { readonly kind: "done" }>;
