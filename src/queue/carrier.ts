/**
 * The carrier that has a grid's cells trained by workers on any machines. It looks at the queue again and again and hears no events: so nothing is
 * missed while the server or this process was away, and a cell that a server forgot is put there again.
 */
import type { Carried, Carrier, Cell } from "../experiments/index.js";
import { interrupted } from "../faults/index.js";
import type { CellQueue, Seen } from "./cellQueue.js";
import type { GridOrder } from "./job.js";

export interface Carrying {
  readonly stopped: () => boolean;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Told what is to be known beside the cells, in words. */
  readonly onWord: (words: string) => void;
}

/** Milliseconds between two questions whether to stop. */
const glance = 50;

/** What a promise gives, or undefined once it is time to stop: a server that is away must not keep anyone. */
const unlessStopped = async <A>(promise: Promise<A>, stopped: () => boolean): Promise<A | undefined> => {
  let over = false;
  const watched = (async () => {
    while (!over && !stopped()) await new Promise((resolve) => setTimeout(resolve, glance));
    return undefined;
  })();
  try {
    return await Promise.race([promise, watched]);
  } finally {
    over = true;
  }
};

const pause = (milliseconds: number, stopped: () => boolean): Promise<unknown> =>
  unlessStopped(new Promise<true>((resolve) => setTimeout(resolve, milliseconds, true)), stopped);

/** What one look at a cell adds to what was known: what to tell, and how much of it was trained before this grid looked. */
const toldOf = (cell: Cell, now: Seen, before: Seen | undefined, from: number): readonly Carried[] => {
  if (now.kind === "ended") return [{ kind: "ended", cell, outcome: now.outcome }];
  if (now.kind === "cancelled") return [{ kind: "ended", cell, outcome: { kind: "failed", why: "it was cancelled" } }];
  if (now.kind !== "running") return [];
  const same = before?.kind === "running" && before.by === now.by;
  return [
    ...(same ? [] : [{ kind: "began", cell, by: now.by } as const]),
    ...(same && before.share === now.share ? [] : [{ kind: "progress", cell, share: now.share, from, by: now.by } as const]),
  ];
};

const leaving: Carried = { kind: "stopped", fault: interrupted("the cells stay in the queue, and workers go on with them") };

const nobody = "no worker listens: start `mdr worker` with the same queue, on this machine or on others";

/** Cells by a queue; they stay there when this is stopped. */
export const throughQueue = (queue: CellQueue, order: GridOrder, { stopped, every, onWord }: Carrying): Carrier =>
  async function* (cells) {
    const pending = new Map(cells.map((cell) => [cell.id, cell]));
    const known = new Map<string, Seen>();
    /** How much was trained when this grid first saw a cell: that says nothing of the pace. */
    const bases = new Map<string, number>();
    if (
      (await unlessStopped(
        queue.put(cells, order).then(() => true),
        stopped,
      )) === undefined
    )
      return yield leaving;
    let alone = false;
    for (let first = true; pending.size > 0; first = false) {
      const looked = await unlessStopped(queue.look([...pending.keys()]), stopped);
      if (looked === undefined) return yield leaving;
      const absent = [...pending.values()].filter(({ id }) => looked.get(id)?.kind === "absent");
      for (const [id, now] of looked) {
        const cell = pending.get(id);
        if (cell === undefined) continue;
        if (now.kind === "running") {
          const base = Math.max(bases.get(id) ?? 0, first ? now.share : now.from);
          // Begun anew, or from an older checkpoint: what was lost is trained again, at the same pace.
          bases.set(id, Math.min(base, now.share));
        }
        yield* toldOf(cell, now, known.get(id), bases.get(id) ?? 0);
        known.set(id, now);
        if (now.kind === "ended" || now.kind === "cancelled") pending.delete(id);
      }
      if (absent.length > 0) {
        onWord(`${absent.length} cells are no longer in the queue: they are put there again`);
        if (
          (await unlessStopped(
            queue.put(absent, order).then(() => true),
            stopped,
          )) === undefined
        )
          return yield leaving;
      }
      if (pending.size === 0) return;
      const idle = ![...known.values()].some(({ kind }) => kind === "running");
      const workers = idle ? await unlessStopped(queue.workers(), stopped) : 1;
      if (workers === undefined) return yield leaving;
      if (workers === 0 && !alone) onWord(nobody);
      alone = workers === 0;
      await pause(every, stopped);
    }
  };
