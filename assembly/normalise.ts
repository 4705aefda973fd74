/**
 * Batch normalisation over rows of C channels. Statistics are gathered in parts of rows (mean and squared deviations of
 * each part, which do not cancel), and combined in float64 by Chan, Golub and LeVeque's formula.
 */
import { bytes, integer, number, pointer } from "./command";

function widened(at: usize): f64 {
  return <f64>load<f32>(at);
}

/** Four channels, or one in lane 0. */
function channelsAt(at: usize, wide: bool): v128 {
  return wide ? v128.load(at) : v128.load32_zero(at);
}

function putChannels(at: usize, value: v128, wide: bool): void {
  if (wide) v128.store(at, value);
  else v128.store32_lane(at, value, 0);
}

/** x [R, C], partials [parts, 2, C], R, C, rows a part; one part a chunk */
export function batchMoments(command: usize, chunk: i32): void {
  const rows = integer(command, 2);
  const channels = integer(command, 3);
  const part = integer(command, 4);
  const first = chunk * part;
  const count = min(part, rows - first);
  const stride = bytes(channels);
  const source = pointer(command, 0) + bytes(first * channels);
  const target = pointer(command, 1) + bytes(chunk * 2 * channels);
  const share = f32x4.splat(<f32>1 / <f32>count);
  for (let c = 0; c < channels; ) {
    const wide = c + 4 <= channels;
    let sum = f32x4.splat(0);
    let at = source + bytes(c);
    for (let r = 0; r < count; r++, at += stride) sum = f32x4.add(sum, channelsAt(at, wide));
    const mean = f32x4.mul(sum, share);
    let squares = f32x4.splat(0);
    at = source + bytes(c);
    for (let r = 0; r < count; r++, at += stride) {
      const deviation = f32x4.sub(channelsAt(at, wide), mean);
      squares = f32x4.add(squares, f32x4.mul(deviation, deviation));
    }
    putChannels(target + bytes(c), mean, wide);
    putChannels(target + bytes(channels + c), squares, wide);
    c += wide ? 4 : 1;
  }
}

/**
 * partials, parts, R, C, rows a part, scale, epsilon, then targets: mean, variance, and the factor with
 * y = factor (x - mean) + shift; channels a chunk
 */
export function batchCombine(command: usize, chunk: i32): void {
  const partials = pointer(command, 0);
  const parts = integer(command, 1);
  const rows = integer(command, 2);
  const channels = integer(command, 3);
  const part = integer(command, 4);
  const step = integer(command, 10);
  const last = min((chunk + 1) * step, channels);
  for (let c = chunk * step; c < last; c++) {
    let mean: f64 = 0;
    let squares: f64 = 0;
    let seen: f64 = 0;
    for (let p = 0; p < parts; p++) {
      const count = <f64>min(part, rows - p * part);
      const at = partials + bytes(p * 2 * channels + c);
      const difference = widened(at) - mean;
      const total = seen + count;
      mean += (difference * count) / total;
      squares += widened(at + bytes(channels)) + (difference * difference * seen * count) / total;
      seen = total;
    }
    const variance = squares / <f64>rows;
    const factor = widened(pointer(command, 5) + bytes(c)) / Math.sqrt(variance + <f64>number(command, 6));
    store<f32>(pointer(command, 7) + bytes(c), <f32>mean);
    store<f32>(pointer(command, 8) + bytes(c), <f32>variance);
    store<f32>(pointer(command, 9) + bytes(c), <f32>factor);
  }
}

/** x [R, C], factor, offset, target, R, C, rows a chunk, relu, addend or 0, centre or 0: (x - centre) * factor + offset (+ addend) */
export function channelAffine(command: usize, chunk: i32): void {
  const channels = integer(command, 5);
  const step = integer(command, 6);
  const first = chunk * step;
  const last = min(first + step, integer(command, 4));
  const factor = pointer(command, 1);
  const offset = pointer(command, 2);
  const rectified = integer(command, 7) != 0;
  const addend = pointer(command, 8);
  const centre = pointer(command, 9);
  const zero = f32x4.splat(0);
  for (let row = first; row < last; row++) {
    const at = bytes(row * channels);
    const source = pointer(command, 0) + at;
    const target = pointer(command, 3) + at;
    for (let c = 0; c < channels; ) {
      const wide = c + 4 <= channels;
      const o = bytes(c);
      let x = channelsAt(source + o, wide);
      if (centre != 0) x = f32x4.sub(x, channelsAt(centre + o, wide));
      let y = f32x4.add(f32x4.mul(x, channelsAt(factor + o, wide)), channelsAt(offset + o, wide));
      if (addend != 0) y = f32x4.add(y, channelsAt(addend + at + o, wide));
      if (rectified) y = f32x4.max(y, zero);
      putChannels(target + o, y, wide);
      c += wide ? 4 : 1;
    }
  }
}

/** x, dy [R, C], mean [C], partials [parts, 2, C], R, C, rows a part, y of a relu after or 0: sums of dy and dy (x - mean) */
export function batchPullSums(command: usize, chunk: i32): void {
  const rows = integer(command, 4);
  const channels = integer(command, 5);
  const part = integer(command, 6);
  const first = chunk * part;
  const count = min(part, rows - first);
  const stride = bytes(channels);
  const start = bytes(first * channels);
  const target = pointer(command, 3) + bytes(chunk * 2 * channels);
  const rectified = pointer(command, 7);
  const zero = f32x4.splat(0);
  for (let c = 0; c < channels; ) {
    const wide = c + 4 <= channels;
    const mean = channelsAt(pointer(command, 2) + bytes(c), wide);
    let sum = zero;
    let products = zero;
    let x = pointer(command, 0) + start + bytes(c);
    let dy = pointer(command, 1) + start + bytes(c);
    let y = rectified + start + bytes(c);
    for (let r = 0; r < count; r++, x += stride, dy += stride, y += stride) {
      let gradient = channelsAt(dy, wide);
      if (rectified != 0) gradient = v128.and(gradient, f32x4.gt(channelsAt(y, wide), zero));
      sum = f32x4.add(sum, gradient);
      products = f32x4.add(products, f32x4.mul(gradient, f32x4.sub(channelsAt(x, wide), mean)));
    }
    putChannels(target + bytes(c), sum, wide);
    putChannels(target + bytes(channels + c), products, wide);
    c += wide ? 4 : 1;
  }
}

/**
 * partials, parts, R, C, scale, mean, variance, epsilon, then targets: gradients of scale and shift, and coefficients
 * [3, C] with dx = c0 dy + c1 (x - mean) + c2; channels a chunk
 */
export function batchPullCombine(command: usize, chunk: i32): void {
  const partials = pointer(command, 0);
  const parts = integer(command, 1);
  const rows = <f64>integer(command, 2);
  const channels = integer(command, 3);
  const step = integer(command, 11);
  const coefficients = pointer(command, 10);
  const last = min((chunk + 1) * step, channels);
  for (let c = chunk * step; c < last; c++) {
    let sum: f64 = 0;
    let products: f64 = 0;
    for (let p = 0; p < parts; p++) {
      const at = partials + bytes(p * 2 * channels + c);
      sum += widened(at);
      products += widened(at + bytes(channels));
    }
    const inverse = 1 / Math.sqrt(widened(pointer(command, 6) + bytes(c)) + <f64>number(command, 7));
    const factor = widened(pointer(command, 4) + bytes(c)) * inverse;
    store<f32>(pointer(command, 8) + bytes(c), <f32>(products * inverse));
    store<f32>(pointer(command, 9) + bytes(c), <f32>sum);
    store<f32>(coefficients + bytes(c), <f32>factor);
    store<f32>(coefficients + bytes(channels + c), <f32>((-factor * inverse * inverse * products) / rows));
    store<f32>(coefficients + bytes(2 * channels + c), <f32>((-factor * sum) / rows));
  }
}

/** x, dy [R, C], mean, coefficients [3, C], target, R, C, rows a chunk, y of a relu after or 0 */
export function batchPullApply(command: usize, chunk: i32): void {
  const channels = integer(command, 6);
  const step = integer(command, 7);
  const first = chunk * step;
  const last = min(first + step, integer(command, 5));
  const mean = pointer(command, 2);
  const coefficients = pointer(command, 3);
  const rectified = pointer(command, 8);
  const zero = f32x4.splat(0);
  const stride = bytes(channels);
  for (let row = first; row < last; row++) {
    const at = bytes(row * channels);
    const x = pointer(command, 0) + at;
    const dy = pointer(command, 1) + at;
    const target = pointer(command, 4) + at;
    for (let c = 0; c < channels; ) {
      const wide = c + 4 <= channels;
      const o = bytes(c);
      let gradient = channelsAt(dy + o, wide);
      if (rectified != 0) gradient = v128.and(gradient, f32x4.gt(channelsAt(rectified + at + o, wide), zero));
      const deviation = f32x4.sub(channelsAt(x + o, wide), channelsAt(mean + o, wide));
      const own = f32x4.mul(gradient, channelsAt(coefficients + o, wide));
      const shared = f32x4.add(
        f32x4.mul(deviation, channelsAt(coefficients + stride + o, wide)),
        channelsAt(coefficients + stride + stride + o, wide),
      );
      putChannels(target + o, f32x4.add(own, shared), wide);
      c += wide ? 4 : 1;
    }
  }
}
