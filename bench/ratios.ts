/** The figures that sum a run up: ours over theirs, larger is better; null, with the reason, where a peer is missing. */
import { median, type Row } from "./measure.js";

export interface Ratios {
  readonly values: Readonly<Record<string, number | null>>;
  readonly reasons: Readonly<Record<string, string>>;
}

const isRow =
  (engine: string, threads: number | undefined) =>
  (row: Row): boolean =>
    row.engine === engine && (threads === undefined || row.threads === threads);

const smallest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));

const middle = (values: readonly number[]): number | null => (values.length === 0 ? null : median(values));

export const ratiosOf = (rows: readonly Row[]): Ratios => {
  const named = (prefix: string): readonly Row[] => rows.filter(({ name }) => name.startsWith(prefix));
  const reasons: Record<string, string> = {};

  /** Of their time over ours, the worst over the works whose name starts so; or what else `sumUp` makes of them. */
  const over = (
    key: string,
    prefix: string,
    theirs: (row: Row) => boolean,
    ours: (row: Row) => boolean,
    sumUp: (pairs: readonly number[]) => number | null = smallest,
  ): number | null => {
    const works = [...new Set(named(prefix).map(({ name }) => name))];
    const pairs = works.flatMap((work) => {
      const mine = rows.find((row) => row.name === work && ours(row))?.median_ms ?? null;
      const peer = rows.find((row) => row.name === work && theirs(row));
      if (peer === undefined || peer.median_ms === null || mine === null) {
        reasons[key] = peer?.reason ?? "not measured";
        return [];
      }
      return [peer.median_ms / mine];
    });
    return sumUp(pairs);
  };

  const twoThreads = isRow("wasm", 2);
  const oneThread = isRow("wasm", 1);
  const shares = named("conv3x3")
    .filter(isRow("wasm direct", 1))
    .flatMap(({ peak_share }) => (peak_share === undefined ? [] : [peak_share]));
  return {
    values: {
      conv3x3_peak_share_min: smallest(shares),
      threads_2_over_1: over("threads_2_over_1", "conv3x3", isRow("wasm direct", 1), isRow("wasm direct", 2), middle),
      threads_2_over_1_min: over("threads_2_over_1_min", "conv3x3", isRow("wasm direct", 1), isRow("wasm direct", 2)),
      conv3x3_winograd_over_direct: over("conv3x3_winograd_over_direct", "conv3x3", isRow("wasm direct", 1), oneThread),
      conv3x3_forward_over_tfjs_wasm: over("conv3x3_forward_over_tfjs_wasm", "conv3x3 forward", isRow("tfjs wasm", undefined), twoThreads),
      step_over_tfjs_cpu: over("step_over_tfjs_cpu", "step compact", isRow("tfjs cpu", undefined), twoThreads),
      conv3x3_forward_over_jax_1t: over("conv3x3_forward_over_jax_1t", "conv3x3 forward", isRow("jax-js wasm", 1), oneThread),
      conv3x3_backward_over_jax_1t: over("conv3x3_backward_over_jax_1t", "conv3x3 to", isRow("jax-js wasm", 1), oneThread),
      step_over_jax_1t: over("step_over_jax_1t", "step compact", isRow("jax-js wasm", 1), oneThread),
      step_over_gpujs_webasm: over("step_over_gpujs_webasm", "step compact", isRow("gpu.js webasm", undefined), twoThreads),
      step_over_pytorch_1t: over("step_over_pytorch_1t", "step compact", isRow("pytorch", 1), oneThread),
      step_over_pytorch_2t: over("step_over_pytorch_2t", "step compact", isRow("pytorch", 2), twoThreads),
      resnet18_step_over_pytorch_2t: over("resnet18_step_over_pytorch_2t", "step resnet18", isRow("pytorch", 2), twoThreads),
    },
    reasons,
  };
};
