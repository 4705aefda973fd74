/**
 * The most multiply-adds that a thread can do with 128-bit vectors: 8 sums of products, as many as keep two multipliers
 * and two adders busy, with one factor from a line of memory that never leaves the first-level cache (a factor that
 * stays the same would let compilers take the product out of the loop). 16 vector operations, 64 flops, a round.
 */
import { plusProduct } from "./product";

const LINE = memory.data(32, 16);

export function peak(rounds: i32): f32 {
  let a0 = f32x4.splat(0);
  let b0 = a0;
  let a1 = a0;
  let b1 = a0;
  let a2 = a0;
  let b2 = a0;
  let a3 = a0;
  let b3 = a0;
  for (let round = 0; round < rounds; round++) {
    const wa = v128.load(LINE);
    const wb = v128.load(LINE, 16);
    const p0 = v128.load32_splat(LINE);
    a0 = plusProduct(a0, p0, wa);
    b0 = plusProduct(b0, p0, wb);
    const p1 = v128.load32_splat(LINE, 4);
    a1 = plusProduct(a1, p1, wa);
    b1 = plusProduct(b1, p1, wb);
    const p2 = v128.load32_splat(LINE, 8);
    a2 = plusProduct(a2, p2, wa);
    b2 = plusProduct(b2, p2, wb);
    const p3 = v128.load32_splat(LINE, 12);
    a3 = plusProduct(a3, p3, wa);
    b3 = plusProduct(b3, p3, wb);
  }
  a0 = f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3));
  b0 = f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3));
  return f32x4.extract_lane(f32x4.add(a0, b0), 0);
}
