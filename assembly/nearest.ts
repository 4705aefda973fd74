/**
 * Squared distances of rows from a point in float32, four components at once: a sieve for src/search/sieve.ts, which measures again
 * what it lets through. A module of its own, over a memory of its own.
 */

/** The sum of four lanes. */
function across(sums: v128): f32 {
  return (
    f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3))
  );
}

/** `rows` [count, width] and `aim` [width] -> `into` [count]; float32, the width a multiple of 4. */
export function squares(aim: usize, rows: usize, count: i32, width: i32, into: usize): void {
  const pitch = <usize>width << 2;
  const whole = count & ~3;
  let row = rows;
  for (let at = 0; at < whole; at += 4) {
    let sumA = f32x4.splat(0);
    let sumB = f32x4.splat(0);
    let sumC = f32x4.splat(0);
    let sumD = f32x4.splat(0);
    for (let k: usize = 0; k < pitch; k += 16) {
      const point = v128.load(aim + k);
      const from = row + k;
      const a = f32x4.sub(point, v128.load(from));
      const b = f32x4.sub(point, v128.load(from + pitch));
      const c = f32x4.sub(point, v128.load(from + 2 * pitch));
      const d = f32x4.sub(point, v128.load(from + 3 * pitch));
      sumA = f32x4.add(sumA, f32x4.mul(a, a));
      sumB = f32x4.add(sumB, f32x4.mul(b, b));
      sumC = f32x4.add(sumC, f32x4.mul(c, c));
      sumD = f32x4.add(sumD, f32x4.mul(d, d));
    }
    const place = into + (<usize>at << 2);
    store<f32>(place, across(sumA));
    store<f32>(place, across(sumB), 4);
    store<f32>(place, across(sumC), 8);
    store<f32>(place, across(sumD), 12);
    row += 4 * pitch;
  }
  for (let at = whole; at < count; at++) {
    let sums = f32x4.splat(0);
    for (let k: usize = 0; k < pitch; k += 16) {
      const a = f32x4.sub(v128.load(aim + k), v128.load(row + k));
      sums = f32x4.add(sums, f32x4.mul(a, a));
    }
    store<f32>(into + (<usize>at << 2), across(sums));
    row += pitch;
  }
}
