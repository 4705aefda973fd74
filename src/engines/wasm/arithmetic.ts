/**
 * Which arithmetic the kernels have. `plain` rounds a product and then its sum, as every runtime with SIMD can. `fused`
 * rounds once (relaxed SIMD's multiply-add): half as many instructions, but other last bits, so a run keeps to one of them.
 */
import { inNode } from "./threads.js";

/** How products are summed: `plain` rounds twice, `fused` once. */
export type Arithmetic = "plain" | "fused";

/** A module whose `f(a, b, c)` is `f32x4.extract_lane 0 (f32x4.relaxed_madd (splat a) (splat b) (splat c))`. */
const PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7d, 0x7d, 0x7d, 0x01, 0x7d],
  ...[0x03, 0x02, 0x01, 0x00, 0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0, 1, 2].flatMap((local) => [0x20, local, 0xfd, 0x13]),
  ...[0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b],
);

/** 1 + 2^-12, whose square needs a bit more than a float32 has. */
const NEAR_ONE = 1 + 2 ** -12;

/** Whether the instruction is known here and rounds once: on a processor that cannot, runtimes round twice, and nothing is gained. */
const roundsOnce = (): boolean => {
  try {
    if (!WebAssembly.validate(PROBE)) return false;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(PROBE));
    const plusProduct = exports.f as (a: number, b: number, sum: number) => number;
    return plusProduct(NEAR_ONE, NEAR_ONE, -(1 + 2 ** -11)) === 2 ** -24;
  } catch {
    return false;
  }
};

let unasked: boolean | undefined;

/** Settled once for a process: what was asked of V8 for one engine does not change the next one's bits. */
const ofItself = (): boolean => {
  unasked ??= roundsOnce();
  return unasked;
};

/** V8 11.3 (Node 20) has the instruction behind a flag, which it heeds for whatever is compiled afterwards, in any thread. */
const askedFor = async (): Promise<boolean> => {
  if (ofItself() || roundsOnce()) return true;
  if (!inNode()) return false;
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:v8";
  const { setFlagsFromString } = (await import(/* @vite-ignore */ name)) as typeof import("node:v8");
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return roundsOnce();
};

/** The arithmetic that is wished for; without a wish `fused` where the runtime has it of itself. Nothing where it cannot be had. */
export const arithmeticHere = async (wish: Arithmetic | undefined): Promise<Arithmetic | undefined> => {
  if (wish === undefined) return ofItself() ? "fused" : "plain";
  return wish === "plain" || (await askedFor()) ? wish : undefined;
};
