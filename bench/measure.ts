/** Interleaved measurement: every contestant once a round, in an order that turns, and the median of each. */
import type { Contestant, Measured, Work } from "./contestant.js";

export interface Row {
  readonly name: string;
  readonly engine: string;
  readonly threads: number;
  readonly median_ms: number | null;
  readonly gflops: number | null;
  /** Processor time of the cheapest round: what other programs on the machine spoil least. */
  readonly processor_ms?: number;
  /** Of what this many threads could do at most with 128-bit vectors; only for the wasm engine's direct kernels. */
  readonly peak_share?: number;
  readonly reason?: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** A contestant that needs longer than this for one run is measured no more than twice. */
const SLOW_MS = 5000;

/** A contestant that needs less than this runs once unmeasured before each measurement: its threads are then awake and apart. */
const SHORT_MS = 250;

/** Threads of the contestant before may spin for some milliseconds after their work. */
const SETTLE_MS = 10;

export interface Contest {
  readonly work: Work;
  /** Measures some rounds more. */
  readonly run: (rounds: number) => Promise<void>;
  /** What has been measured so far. */
  readonly rows: () => readonly Row[];
}

/** One piece of work and those who do it. */
export const contest = (
  work: Work,
  flops: number,
  contestants: readonly Contestant[],
  eachRound: () => void = () => undefined,
): Contest => {
  const times = new Map<Contestant, number[]>(contestants.map((contestant) => [contestant, []]));
  const cheapest = new Map<Contestant, number>();
  const reasons = new Map<Contestant, string>();
  const once = async (contestant: Contestant): Promise<void> => {
    if (reasons.has(contestant)) return;
    const seen = times.get(contestant) ?? [];
    if (seen.length >= 1 && median(seen) > SLOW_MS) return;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const first: Measured = await contestant.measure(work);
    const result = "reason" in first || first.milliseconds > SHORT_MS ? first : await contestant.measure(work);
    if ("reason" in result) {
      reasons.set(contestant, result.reason);
      return;
    }
    seen.push(result.milliseconds);
    if (result.processor !== undefined)
      cheapest.set(contestant, Math.min(result.processor, cheapest.get(contestant) ?? Number.POSITIVE_INFINITY));
  };
  const run = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      const turn = round % contestants.length;
      eachRound();
      for (const contestant of [...contestants.slice(turn), ...contestants.slice(0, turn)]) await once(contestant);
    }
    for (const contestant of contestants) await contestant.forget();
  };
  const rowOf = (contestant: Contestant): Row => {
    const { engine, threads } = contestant;
    const reason = reasons.get(contestant);
    if (reason !== undefined) return { name: work.name, engine, threads, median_ms: null, gflops: null, reason };
    const middle = median(times.get(contestant) ?? []);
    const processor = cheapest.get(contestant);
    return {
      name: work.name,
      engine,
      threads,
      median_ms: middle,
      gflops: flops / middle / 1e6,
      ...(processor === undefined ? {} : { processor_ms: processor }),
    };
  };
  return { work, run, rows: () => contestants.map(rowOf) };
};
