/**
 * A worker: takes cells from the queue, has each trained by a process of its own, keeps the queue informed while that computes, and gives
 * back what it does not finish. BullMQ keeps the order, counts the tries and finds cells whose worker is heard no more.
 */
import type { Job, Worker } from "bullmq";
import type { Outcome } from "../experiments/index.js";
import { type Fault, failed, reasonOf } from "../faults/index.js";
import type { OnShare, Training } from "./child.js";
import type { Connection } from "./connection.js";
import { type CellJob, jobSchema, queueName } from "./job.js";
import { renewals, verdictOf } from "./leases.js";
import { heardFault, type Reply } from "./orders.js";
import { within } from "./within.js";

/** What a worker tells of a cell. */
export type WorkerWord =
  | { readonly kind: "began"; readonly job: CellJob; readonly tries: number }
  | { readonly kind: "done"; readonly job: CellJob; readonly outcome: Outcome }
  | { readonly kind: "failed"; readonly job: CellJob; readonly why: string; readonly again: boolean }
  /** `why`: it is to stop, it was cancelled, its lease ran out, or its data are not here. */
  | { readonly kind: "given back"; readonly job: CellJob; readonly why: string };

/** How a worker works. */
export interface Post {
  readonly name: string;
  /** How many cells at once. */
  readonly slots: number;
  /** Milliseconds after which a worker that is heard no more has lost its cells. */
  readonly lease: number;
  /** Of this program. */
  readonly version: string;
  /** Has a cell trained. */
  readonly begin: (job: CellJob, onShare: OnShare) => Training;
  readonly onWord: (word: WorkerWord) => void;
  /** Told what goes wrong in the queue itself, in words. */
  readonly onProblem: (words: string) => void;
}

export interface Serving {
  /** Why it ended of its own accord; undefined where it was asked to. */
  readonly ended: Promise<Fault | undefined>;
  /** Takes nothing new, has what is being trained saved and gives it back. */
  readonly stop: () => void;
}

interface Held {
  readonly training: Training;
  readonly cancel: () => void;
  /** Has it saved and stopped because the queue does not hear of it any more. */
  readonly spare: () => void;
}

/** A cell whose workers vanish so often may be what makes them vanish. */
const mostVanishings = 10;

/** Milliseconds between two words of the share. */
const sharePause = 1000;

/** Milliseconds for a server that may be away to take a cell back; after them the lease does it. */
const givingPatience = 5000;

const otherVersion = (job: CellJob, version: string): Fault =>
  failed(`this is version ${version}, and the grid in the queue is of version ${job.version}: their results stand under different names`, {
    remedy: "install the same version on all machines",
  });

/** Whether the same would come of it again: what was asked for cannot be, whoever tries. */
const isHopeless = ({ kind }: Pick<Fault, "kind">): boolean => kind === "usage" || kind === "shape";

/** Takes cells until it is stopped, or must refuse one. */
export const takeCells = ({ packages, options }: Connection, post: Post): Serving => {
  const { UnrecoverableError, WaitingError } = packages.bullmq;
  const { lease, onWord, onProblem } = post;
  const held = new Map<string, Held>();
  /** When each lease was last renewed. */
  const renewed = new Map<string, number>();
  let leaving = false;
  let refusal: Fault | undefined;
  let finish = (_: Fault | undefined): void => {};
  const ended = new Promise<Fault | undefined>((resolve) => {
    finish = resolve;
  });

  const leave = (): void => {
    if (leaving) return;
    leaving = true;
    for (const { training } of held.values()) training.stop();
    void (async () => {
      await worker.pause(true);
      // Their processes may take the rest of a step to save: they are waited for, a server that is away is not.
      await Promise.all([...held.values()].map(({ training }) => training.reply));
      await within(worker.close(), givingPatience);
      clearInterval(watch);
      await within(worker.disconnect(), givingPatience);
      finish(refusal);
    })();
  };

  /** Back to the queue at once, for whoever is next. */
  const giveBack = async (job: Job<CellJob>, token: string, why: string): Promise<never> => {
    onWord({ kind: "given back", job: job.data, why });
    await within(job.moveToWait(token), givingPatience);
    throw new WaitingError();
  };

  const refuse = (job: Job<CellJob>, token: string, fault: Fault): Promise<never> => {
    refusal ??= fault;
    leave();
    return giveBack(job, token, fault.message);
  };

  const failing = (job: Job<CellJob>, fault: Fault): never => {
    const last = isHopeless(fault) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
    onWord({ kind: "failed", job: job.data, why: fault.message, again: !last });
    throw isHopeless(fault) ? new UnrecoverableError(fault.message) : new Error(fault.message);
  };

  /** The cell's share in the queue, where whoever waits for it sees it; a word that is lost is followed by another. */
  const shareTeller = (job: Job<CellJob>): OnShare => {
    let next = 0;
    return (share, from) => {
      if (Date.now() < next) return;
      next = Date.now() + sharePause;
      job.updateProgress({ share, from }).catch(() => {});
    };
  };

  const trained = async (
    job: Job<CellJob>,
    id: string,
  ): Promise<{ readonly reply: Reply; readonly cancelled: boolean; readonly unheard: boolean }> => {
    const training = post.begin(job.data, shareTeller(job));
    let cancelled = false;
    const cancel = (): void => {
      cancelled = true;
      training.stop();
    };
    let unheard = false;
    const spare = (): void => {
      unheard = true;
      training.stop();
    };
    held.set(id, { training, cancel, spare });
    renewed.set(id, Date.now());
    if (leaving) training.stop();
    try {
      return { reply: await training.reply, cancelled, unheard };
    } finally {
      held.delete(id);
      renewed.delete(id);
    }
  };

  /** Whether nobody has asked for a cancelled cell again since. */
  const isUnwanted = async (id: string): Promise<boolean> => {
    const now = await within(packages.bullmq.Job.fromId<CellJob>(worker, id), givingPatience);
    return now?.data.cancelled ?? true;
  };

  const process = async (job: Job<CellJob>, token = ""): Promise<Outcome> => {
    const read = jobSchema.safeParse(job.data);
    if (!read.success) throw new UnrecoverableError("what lies in the queue under this name is no cell of a grid");
    if (job.data.cancelled) throw new UnrecoverableError("it was cancelled");
    if (leaving) return giveBack(job, token, "this worker stops");
    if (job.data.version !== post.version) return refuse(job, token, otherVersion(job.data, post.version));
    onWord({ kind: "began", job: job.data, tries: job.attemptsMade });
    const { reply, cancelled, unheard } = await trained(job, job.id ?? "");
    switch (reply.kind) {
      case "done":
        onWord({ kind: "done", job: job.data, outcome: reply.outcome });
        return reply.outcome;
      case "failed":
        return failing(job, heardFault(reply.fault));
      case "refused":
        return refuse(job, token, heardFault(reply.fault));
      case "lost":
        onWord({ kind: "given back", job: job.data, why: "its lease ran out: another worker goes on with it" });
        throw new WaitingError();
      case "stopped":
        if (!cancelled)
          return giveBack(
            job,
            token,
            leaving ? "this worker stops" : unheard ? "its lease could not be renewed" : "its process was stopped",
          );
        if (!(await isUnwanted(job.id ?? ""))) return giveBack(job, token, "it is asked for again");
        onWord({ kind: "given back", job: job.data, why: "it was cancelled" });
        throw new UnrecoverableError("it was cancelled");
    }
  };

  const worker: Worker<CellJob, Outcome> = new packages.bullmq.Worker<CellJob, Outcome>(queueName, process, {
    connection: options,
    name: post.name,
    concurrency: post.slots,
    lockDuration: lease,
    lockRenewTime: lease / renewals,
    stalledInterval: lease,
    maxStalledCount: mostVanishings,
    // How long one question for a cell waits, in seconds: a server that comes back is asked again soon.
    drainDelay: 2,
    runRetryDelay: 1000,
  });

  /** Who has cancelled what is being trained says so in the queue. */
  const hearCancellations = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const job = await packages.bullmq.Job.fromId<CellJob>(worker, id);
      if (job?.data.cancelled === true) held.get(id)?.cancel();
    }
  };

  worker.on("locksRenewed", ({ jobIds }) => {
    for (const id of jobIds) renewed.set(id, Date.now());
    void hearCancellations(jobIds).catch(() => {});
  });
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) held.get(id)?.training.kill();
  });
  // A server that is away is the connection's to tell; that a lease is lost is told with its cell.
  worker.on("error", (error) => {
    const reason = reasonOf(error);
    if (!/ECONN|EPIPE|ETIMEDOUT|Connection is closed|renew lock|Missing lock|Lock mismatch/i.test(reason) && reason !== "")
      onProblem(`the queue: ${reason.split("\n")[0]}`);
  });
  const watch = setInterval(() => {
    for (const [id, { training, spare }] of held) {
      const verdict = verdictOf(Date.now() - (renewed.get(id) ?? 0), lease);
      if (verdict === "stops") spare();
      if (verdict === "is killed") training.kill();
    }
  }, lease / 20);

  return { ended, stop: leave };
};
