/** Counts ranks on vectors and threads (assembly/ranks.ts), block by block over one shared memory. In Node alone: a page has the plain loops. */
import { at, axisLength } from "../tensor/index.js";
import { called } from "./calling.js";
import type { Found } from "./found.js";
import { begin, type Call, fill, type Layout, layoutOf, panel, type Rows } from "./frame.js";

/** How ranks are counted, with how much memory. */
export interface CountingOptions {
  /** As many as there are processors unless given; the caller's own alone where that is done before others have started. */
  readonly threads?: number;
  /** Bytes for the distances of matches, at least so that four queries fit; 128 MiB unless given. */
  readonly room?: number;
  /** Rows of a block of queries; those of 256 KiB unless given. */
  readonly block?: number;
  /** Told how many of the comparisons are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const pageBytes = 65_536;
/** What 32 bits can address. */
const mostPages = 65_536;
/** Bytes of a block's queries: they stay in a core's own cache while the gallery passes by. */
const blockBytes = 2 ** 18;
/** Numbers that a job subtracts, about a tenth of a second. */
const jobWork = 2 ** 29;
/** Numbers that the caller's thread subtracts before others have started. */
const worthOthers = 2 ** 29;

/** In dist/, as built: beside this file, or where the sources are run. */
const address = (): URL =>
  import.meta.url.includes("/src/evaluate/")
    ? new URL("../../dist/evaluate/ranks.wasm", import.meta.url)
    : new URL("./ranks.wasm", import.meta.url);

/** A block of queries beside a stretch of the gallery, in panels. */
interface Comparison {
  readonly args: readonly [firstQuery: number, lastQuery: number, first: number, last: number];
  readonly work: number;
}

const stretches = (first: number, last: number, step: number): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.ceil((last - first) / step) }, (_, index) => [
    first + index * step,
    Math.min(first + (index + 1) * step, last),
  ]);

/** Every query panel of the round with every gallery panel; with those from its own on where each two are compared once. */
const comparisonsOf = (layout: Layout, round: Layout["rounds"][number], rows: number): readonly Comparison[] => {
  const { length } = layout.frame;
  const block = Math.max(1, Math.floor(rows / panel));
  const galleryPanels = Math.ceil(layout.gallerySlots.length / panel);
  return stretches(round.first / panel, Math.ceil(round.last / panel), block).flatMap(([firstQuery, lastQuery]) => {
    const across = Math.max(1, Math.floor(jobWork / (panel * panel * block * Math.max(1, length))));
    return stretches(layout.mutual ? firstQuery : 0, galleryPanels, across).map(([first, last]) => ({
      args: [firstQuery, lastQuery, first, last] as const,
      work: (lastQuery - firstQuery) * (last - first),
    }));
  });
};

/** The caller's own thread in the place of others. */
const own = (giveUp: () => null) => ({
  size: 1,
  ask: async (call: Call): Promise<null> => {
    try {
      return called(call);
    } catch {
      return giveUp();
    }
  },
  close: async (): Promise<void> => undefined,
});

/** Results by query, from those by slot. */
const foundIn = (buffer: ArrayBufferLike, { frame, querySlots, starts, ends }: Layout): Found => {
  const results = new Float64Array(buffer, frame.results, 3 * querySlots.length);
  const column = (of: (slot: number) => number): Float64Array => {
    const values = new Float64Array(querySlots.length);
    querySlots.forEach((row, slot) => {
      values[row] = of(slot);
    });
    return values;
  };
  return {
    matches: column((slot) => at(ends, slot) - at(starts, slot) - frame.same),
    nearest: column((slot) => at(results, 3 * slot)),
    hits: column((slot) => at(results, 3 * slot + 1)),
    precisions: column((slot) => at(results, 3 * slot + 2)),
  };
};

/**
 * What `foundAmong` says of all neighbours, to the bit, without a list of them: queries [Q, D] among a gallery [G, D], or among each
 * other. The embeddings must be finite. Undefined where it cannot be done here: no threads or binary, more than 4 GiB, a thread that died.
 */
export const countedFound = async (
  queries: Rows,
  gallery: Rows | undefined,
  { threads: wanted, room = 2 ** 27, block, onProgress }: CountingOptions = {},
): Promise<Found | undefined> => {
  if (typeof process === "undefined" || typeof process.versions?.node !== "string") return undefined;
  // Not a literal, so that a bundler for the browser does not follow it.
  const [system, files] = ["node:os", "node:fs/promises"];
  const { availableParallelism } = (await import(/* @vite-ignore */ system)) as typeof import("node:os");
  const { readFile } = (await import(/* @vite-ignore */ files)) as typeof import("node:fs/promises");
  const binary = await readFile(address()).catch(() => undefined);
  const numbers = queries.labels.length * (gallery ?? queries).labels.length * axisLength(queries.embeddings.shape, 1);
  const alone = wanted === undefined && numbers < worthOthers;
  const threads = alone ? 1 : (wanted ?? availableParallelism());
  const layout = layoutOf(queries, gallery, threads, room);
  const pages = Math.ceil(layout.bytes / pageBytes) + 1;
  if (binary === undefined || pages > mostPages) return undefined;
  const module = await WebAssembly.compile(binary);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  fill(memory.buffer, layout, queries, gallery);
  let lost = false;
  const giveUp = (): null => {
    lost = true;
    return null;
  };
  const crew = alone ? own(giveUp) : (await import("../workers/index.js")).openCrew<Call, null>("evaluate/countWorker", threads, giveUp);
  /** Each lane has one call under way, and so counters of its own. */
  const all = async (calls: readonly ((lane: number) => Pick<Call, "name" | "args">)[], done: (index: number) => void): Promise<void> => {
    let next = 0;
    const lane = async (own: number): Promise<void> => {
      while (next < calls.length && !lost) {
        const index = next++;
        const call = calls[index]?.(own);
        if (call !== undefined) await crew.ask({ module, memory, ...call });
        done(index);
      }
    };
    await Promise.all(Array.from({ length: threads }, (_, own) => lane(own)));
  };
  const { frame, rounds, mutual } = layout;
  const rows = block ?? Math.floor(blockBytes / (8 * Math.max(1, frame.length)));
  const comparisons = rounds.map((round) => comparisonsOf(layout, round, rows));
  const total = comparisons.flat().reduce((sum, { work }) => sum + work, 0);
  let done = 0;
  try {
    for (const [index, round] of rounds.entries()) {
      begin(memory.buffer, layout, round);
      const parts = stretches(round.first, round.last, panel * Math.ceil((round.last - round.first) / (panel * threads)));
      const bySlots = (name: "measure" | "finish") =>
        parts.map(([first, last]) => () => ({ name, args: [layout.address, first, last] }));
      const comparing = comparisons[index] ?? [];
      await all(bySlots("measure"), () => undefined);
      await all(
        comparing.map(
          ({ args }) =>
            (lane: number) =>
              ({ name: "count", args: [layout.address, ...args, mutual ? 1 : 0, lane] }) as const,
        ),
        (at) => {
          done += comparing[at]?.work ?? 0;
          onProgress?.(done, total);
        },
      );
      await all(bySlots("finish"), () => undefined);
    }
    return lost || crew.size === 0 ? undefined : foundIn(memory.buffer, layout);
  } finally {
    await crew.close();
  }
};
