/**
 * The most multiply-adds that a thread can do with 128-bit vectors, without any memory: 4 sums of products, unrolled so
 * that the loop itself costs nothing. 40 vector operations, 160 flops, a round. The factor is an argument because
 * compilers would make a constant anew at each use.
 */
export function peak(rounds: i32, factor: f32): f32 {
  const w0 = f32x4.splat(factor);
  const w1 = f32x4.splat(factor * 0.5);
  let p0 = f32x4.splat(1);
  let p1 = f32x4.splat(2);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  for (let round = 0; round < rounds; round++) {
    a0 = f32x4.add(a0, f32x4.mul(p0, w0));
    b0 = f32x4.add(b0, f32x4.mul(p0, w1));
    a1 = f32x4.add(a1, f32x4.mul(p1, w0));
    b1 = f32x4.add(b1, f32x4.mul(p1, w1));
    p0 = f32x4.add(p0, w0);
    p1 = f32x4.add(p1, w0);
    a0 = f32x4.add(a0, f32x4.mul(p0, w0));
    b0 = f32x4.add(b0, f32x4.mul(p0, w1));
    a1 = f32x4.add(a1, f32x4.mul(p1, w0));
    b1 = f32x4.add(b1, f32x4.mul(p1, w1));
    p0 = f32x4.add(p0, w0);
    p1 = f32x4.add(p1, w0);
    a0 = f32x4.add(a0, f32x4.mul(p0, w0));
    b0 = f32x4.add(b0, f32x4.mul(p0, w1));
    a1 = f32x4.add(a1, f32x4.mul(p1, w0));
    b1 = f32x4.add(b1, f32x4.mul(p1, w1));
    p0 = f32x4.add(p0, w0);
    p1 = f32x4.add(p1, w0);
    a0 = f32x4.add(a0, f32x4.mul(p0, w0));
    b0 = f32x4.add(b0, f32x4.mul(p0, w1));
    a1 = f32x4.add(a1, f32x4.mul(p1, w0));
    b1 = f32x4.add(b1, f32x4.mul(p1, w1));
    p0 = f32x4.add(p0, w0);
    p1 = f32x4.add(p1, w0);
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(a0, a1), f32x4.add(b0, b1)), 0);
}
