/**
 * Resampling of 8-bit RGB pictures, as src/pictures/resize.ts states it, four sums at a time: a module of its own, over a memory
 * of its own. Taps are `target` first positions, `target` counts, then `stride` weights for each target position, 32 bits each.
 */

/** Bits behind the point of a weight. */
const BITS: i32 = 22;

function weightsOf(taps: usize, target: i32, stride: i32, position: i32): usize {
  return taps + ((<usize>(2 * target + position * stride)) << 2);
}

function firstOf(taps: usize, position: i32): i32 {
  return load<i32>(taps + ((<usize>position) << 2));
}

function countOf(taps: usize, target: i32, position: i32): i32 {
  return load<i32>(taps + ((<usize>(target + position)) << 2));
}

/** Four sums as bytes, clamped, in lane 0. */
function asBytes(sums: v128): v128 {
  const whole = i32x4.shr_s(sums, BITS);
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(whole, whole), i16x8.splat(0));
}

/**
 * `rows` rows across: pixels of 3 bytes from `pixels` on, `pitch` bytes a row, to `target` pixels a row of `pitchInto` bytes.
 * Works in fours, so it reads and writes one byte past a row: rows are to be that far apart.
 */
export function across(pixels: usize, pitch: i32, rows: i32, taps: usize, stride: i32, target: i32, into: usize, pitchInto: i32): void {
  for (let x = 0; x < target; x++) {
    const weights = weightsOf(taps, target, stride, x);
    const count = countOf(taps, target, x);
    let from = pixels + <usize>(3 * firstOf(taps, x));
    let to = into + <usize>(3 * x);
    for (let row = 0; row < rows; row++) {
      let sums = i32x4.splat(1 << (BITS - 1));
      for (let k = 0; k < count; k++) {
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from + <usize>(3 * k))));
        sums = i32x4.add(sums, i32x4.mul(pixel, v128.load32_splat(weights + ((<usize>k) << 2))));
      }
      v128.store32_lane(to, asBytes(sums), 0);
      from += <usize>pitch;
      to += <usize>pitchInto;
    }
  }
}

/**
 * Rows of `pitch` bytes down to `target` rows of `length` bytes, one behind the other. Works in sixteens, so it reads and writes up
 * to 15 bytes past a row: what is written there the next row replaces.
 */
export function down(rows: usize, pitch: i32, length: i32, taps: usize, stride: i32, target: i32, into: usize): void {
  for (let y = 0; y < target; y++) {
    const weights = weightsOf(taps, target, stride, y);
    const count = countOf(taps, target, y);
    const start = rows + <usize>(pitch * firstOf(taps, y));
    for (let i = 0; i < length; i += 16) {
      let a = i32x4.splat(1 << (BITS - 1));
      let b = a;
      let c = a;
      let d = a;
      let from = start + <usize>i;
      for (let k = 0; k < count; k++) {
        const weight = v128.load32_splat(weights + ((<usize>k) << 2));
        const bytes = v128.load(from);
        const low = i16x8.extend_low_i8x16_u(bytes);
        const high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), weight));
        from += <usize>pitch;
      }
      const first = i16x8.narrow_i32x4_s(i32x4.shr_s(a, BITS), i32x4.shr_s(b, BITS));
      const second = i16x8.narrow_i32x4_s(i32x4.shr_s(c, BITS), i32x4.shr_s(d, BITS));
      v128.store(into + <usize>(y * length + i), i8x16.narrow_i16x8_u(first, second));
    }
  }
}
