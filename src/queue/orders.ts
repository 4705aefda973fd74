/** What a worker and the process that trains for it say to each other: data that a pipe between processes can hold. */
import { z } from "zod";
import { outcomeSchema } from "../experiments/index.js";
import { type Fault, sentence } from "../faults/index.js";
import { jobSchema } from "./job.js";

/** Train this, where these places say. */
export const orderSchema = z.object({
  kind: z.literal("train"),
  job: jobSchema,
  /** The folder of all cells. */
  out: z.string(),
  /** Settings of this machine over the cell's: where things lie here, and what computes. */
  places: z.record(z.string(), z.unknown()),
});

export type Order = Readonly<z.infer<typeof orderSchema>>;

const faultSchema = z.object({
  kind: z.enum(["failed", "usage", "interrupted", "spoilt", "shape", "engine"]),
  where: z.string(),
  what: z.string(),
  remedy: z.string(),
});

/** How an order ended. */
export const replySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("done"), outcome: outcomeSchema }),
  /** The cell's own fault, on any machine. */
  z.object({ kind: z.literal("failed"), fault: faultSchema }),
  /** This machine's: it has other data, or none. */
  z.object({ kind: z.literal("refused"), fault: faultSchema }),
  /** Stopped as it was asked to, and saved. */
  z.object({ kind: z.literal("stopped") }),
  /** Ended at once because its lease ran out. */
  z.object({ kind: z.literal("lost") }),
]);

export type Reply = Readonly<z.infer<typeof replySchema>>;

/** What a child tells before its reply. */
export const shareSchema = z.object({ kind: z.literal("share"), share: z.number(), from: z.number() });

export const wordSchema = z.union([shareSchema, replySchema]);

/** A fault as data. */
export const sentFault = ({ kind, where, what, remedy }: Fault): z.infer<typeof faultSchema> => ({ kind, where, what, remedy });

/** A fault from data. */
export const heardFault = (sent: z.infer<typeof faultSchema>): Fault => ({ _tag: "Fault", ...sent, message: sentence(sent) });
