/** What a benchmark measures: something that can run a named piece of work once and say how long it took. */

/** `processor`: milliseconds of processor time, of all threads, where they can be told. */
export type Measured = { readonly milliseconds: number; readonly processor?: number } | { readonly reason: string };

export interface Contestant {
  readonly engine: string;
  readonly threads: number;
  /** Runs the work once, warm, and gives its milliseconds; or says why it cannot. */
  readonly measure: (work: Work) => Promise<Measured>;
  /** Drops what it prepared for a piece of work. */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export type Direction = "forward" | "toInput" | "toWeights";

export type Work =
  | {
      readonly kind: "convolution";
      readonly name: string;
      readonly direction: Direction;
      readonly batch: number;
      readonly side: number;
      readonly channels: number;
    }
  | {
      /** A whole training step, or the embedding of a batch. */
      readonly kind: "step" | "inference";
      readonly name: string;
      readonly backbone: "compact" | "resnet18" | "resnet50";
      readonly batch: number;
      readonly side: number;
      /** Asks PyTorch for its GPU; the others have their own. */
      readonly device?: "cuda";
    };

/** Floating point operations of a 3x3 convolution, in any direction. */
export const convolutionFlops = ({ batch, side, channels }: { batch: number; side: number; channels: number }): number =>
  2 * 9 * batch * side * side * channels * channels;

export const absent = (engine: string, threads: number, reason: string): Contestant => ({
  engine,
  threads,
  measure: async () => ({ reason }),
  forget: async () => undefined,
  close: async () => undefined,
});

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "";
