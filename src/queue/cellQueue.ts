/** Cells in a queue on Redis, as whoever put them there sees them: each under its own name, so that nobody puts one there twice. */
import type { Job, Queue } from "bullmq";
import { type Cell, type Outcome, outcomeSchema } from "../experiments/index.js";
import type { Connection } from "./connection.js";
import { type CellJob, type GridOrder, queueName } from "./job.js";
import { within } from "./within.js";

/** Where a cell stands in the queue. */
export type Seen =
  | { readonly kind: "absent" }
  | { readonly kind: "waiting" }
  | { readonly kind: "running"; readonly share: number; readonly from: number; readonly by: string }
  | { readonly kind: "cancelled" }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/** A queue of cells. Its promises wait for a server that is gone for a while. */
export interface CellQueue {
  /** Puts cells in, or back in where they failed or were cancelled; one that is there already stays where it is, with this order's priority. */
  readonly put: (cells: readonly Cell[], order: GridOrder) => Promise<void>;
  /** Where cells stand, by their names. */
  readonly look: (ids: readonly string[]) => Promise<ReadonlyMap<string, Seen>>;
  /** Nobody trains these any more; how many of them were waiting or being trained. */
  readonly cancel: (ids: readonly string[]) => Promise<number>;
  /** How many workers listen. */
  readonly workers: () => Promise<number>;
  readonly close: () => Promise<void>;
}

type CellsJob = Job<CellJob, unknown, string>;

/** Milliseconds before a first failed try is repeated; then twice as long each time. */
const firstPause = 1000;

/** Milliseconds for a server that may be away to hear that nobody asks any more. */
const closingPatience = 2000;

const vanished = /stalled more than allowable limit/;

const failure = ({ failedReason, attemptsMade }: Pick<CellsJob, "failedReason" | "attemptsMade">): string => {
  if (vanished.test(failedReason))
    return "the workers that trained it vanished one after the other: it may need more memory than their machines have";
  return attemptsMade > 1 ? `${failedReason} (tried ${attemptsMade} times)` : failedReason;
};

/** What lies in the queue under a cell's name, as data that may come from anywhere. */
const endOf = (job: CellsJob): Seen => {
  const outcome = outcomeSchema.safeParse(job.returnvalue);
  if (outcome.success) return { kind: "ended", outcome: outcome.data };
  const why = job.failedReason ? failure(job) : "what a worker handed in is no outcome of a cell";
  return { kind: "ended", outcome: { kind: "failed", why } };
};

const numberIn = (value: unknown, name: string): number => {
  const found = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof found === "number" ? found : 0;
};

const seen = async (job: CellsJob | undefined): Promise<Seen> => {
  if (job === undefined) return { kind: "absent" };
  if (job.finishedOn !== undefined) return endOf(job);
  if (job.data.cancelled) return { kind: "cancelled" };
  // Taken once does not say by whom now: its worker may have vanished, and it waits for another.
  if (job.processedOn === undefined || !(await job.isActive())) return { kind: "waiting" };
  return {
    kind: "running",
    share: numberIn(job.progress, "share"),
    from: numberIn(job.progress, "from"),
    by: job.processedBy ?? "a worker",
  };
};

const putOne = async (queue: Queue, cell: Cell, { priority, retries, ...order }: GridOrder): Promise<void> => {
  const there = (await queue.getJob(cell.id)) as CellsJob | undefined;
  const failed = there !== undefined && there.finishedOn !== undefined && !outcomeSchema.safeParse(there.returnvalue).success;
  if (failed) await there.remove();
  else if (there !== undefined && there.finishedOn === undefined) {
    if (there.data.cancelled) await there.updateData({ ...there.data, cancelled: false });
    if (there.priority !== priority && !(await there.isActive())) await there.changePriority({ priority });
    return;
  }
  const job: CellJob = { ...order, cell, cancelled: false };
  await queue.add("cell", job, { jobId: cell.id, priority, attempts: retries + 1, backoff: { type: "exponential", delay: firstPause } });
};

/** The queue on the server of a connection. What BullMQ says of a server that is away, the connection says better. */
export const cellQueue = ({ packages, options }: Connection): CellQueue => {
  const queue = new packages.bullmq.Queue(queueName, { connection: options });
  queue.on("error", () => {});
  const jobOf = async (id: string): Promise<CellsJob | undefined> => (await queue.getJob(id)) as CellsJob | undefined;
  return {
    put: async (cells, order) => {
      for (const cell of cells) await putOne(queue, cell, order);
    },
    look: async (ids) => new Map(await Promise.all(ids.map(async (id) => [id, await seen(await jobOf(id))] as const))),
    cancel: async (ids) => {
      const jobs = (await Promise.all(ids.map(jobOf))).filter((job) => job !== undefined && job.finishedOn === undefined);
      for (const job of jobs) await job?.updateData({ ...job.data, cancelled: true });
      return jobs.length;
    },
    workers: () => queue.getWorkersCount(),
    close: async () => {
      await within(queue.disconnect(), closingPatience);
    },
  };
};
