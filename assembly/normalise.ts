/**
 * Batch normalisation over rows of C channels, forward. Statistics are gathered in parts of rows (mean and squared deviations of
 * each part, which do not cancel), and combined in float64 by Chan, Golub and LeVeque's formula.
 *
 * Sixteen channels, a line of the cache, go together where there are as many; what is left goes by four and by one.
 */
import { bytes, integer, number, pointer } from "./command";
import { plusProduct } from "./product";

/** Channels that go together. */
export const LINE: i32 = 16;

export function widened(at: usize): f64 {
  return <f64>load<f32>(at);
}

/** Four channels, or one in lane 0. */
export function channelsAt(at: usize, wide: bool): v128 {
  return wide ? v128.load(at) : v128.load32_zero(at);
}

export function putChannels(at: usize, value: v128, wide: bool): void {
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
  let c = 0;
  for (; c + LINE <= channels; c += LINE) {
    const from = source + bytes(c);
    const end = from + <usize>count * stride;
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let at = from; at < end; at += stride) {
      sum0 = f32x4.add(sum0, v128.load(at));
      sum1 = f32x4.add(sum1, v128.load(at, 16));
      sum2 = f32x4.add(sum2, v128.load(at, 32));
      sum3 = f32x4.add(sum3, v128.load(at, 48));
    }
    const mean0 = f32x4.mul(sum0, share);
    const mean1 = f32x4.mul(sum1, share);
    const mean2 = f32x4.mul(sum2, share);
    const mean3 = f32x4.mul(sum3, share);
    let squares0 = f32x4.splat(0);
    let squares1 = squares0;
    let squares2 = squares0;
    let squares3 = squares0;
    for (let at = from; at < end; at += stride) {
      const deviation0 = f32x4.sub(v128.load(at), mean0);
      squares0 = plusProduct(squares0, deviation0, deviation0);
      const deviation1 = f32x4.sub(v128.load(at, 16), mean1);
      squares1 = plusProduct(squares1, deviation1, deviation1);
      const deviation2 = f32x4.sub(v128.load(at, 32), mean2);
      squares2 = plusProduct(squares2, deviation2, deviation2);
      const deviation3 = f32x4.sub(v128.load(at, 48), mean3);
      squares3 = plusProduct(squares3, deviation3, deviation3);
    }
    const to = target + bytes(c);
    const other = to + stride;
    v128.store(to, mean0);
    v128.store(other, squares0);
    v128.store(to, mean1, 16);
    v128.store(other, squares1, 16);
    v128.store(to, mean2, 32);
    v128.store(other, squares2, 32);
    v128.store(to, mean3, 48);
    v128.store(other, squares3, 48);
  }
  for (; c < channels; ) {
    const wide = c + 4 <= channels;
    let sum = f32x4.splat(0);
    let at = source + bytes(c);
    for (let r = 0; r < count; r++, at += stride) sum = f32x4.add(sum, channelsAt(at, wide));
    const mean = f32x4.mul(sum, share);
    let squares = f32x4.splat(0);
    at = source + bytes(c);
    for (let r = 0; r < count; r++, at += stride) {
      const deviation = f32x4.sub(channelsAt(at, wide), mean);
      squares = plusProduct(squares, deviation, deviation);
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
    let c = 0;
    for (; c + LINE <= channels; c += LINE) {
      const o = bytes(c);
      let x0 = v128.load(source + o);
      let x1 = v128.load(source + o, 16);
      let x2 = v128.load(source + o, 32);
      let x3 = v128.load(source + o, 48);
      if (centre != 0) {
        x0 = f32x4.sub(x0, v128.load(centre + o));
        x1 = f32x4.sub(x1, v128.load(centre + o, 16));
        x2 = f32x4.sub(x2, v128.load(centre + o, 32));
        x3 = f32x4.sub(x3, v128.load(centre + o, 48));
      }
      x0 = plusProduct(v128.load(offset + o), x0, v128.load(factor + o));
      x1 = plusProduct(v128.load(offset + o, 16), x1, v128.load(factor + o, 16));
      x2 = plusProduct(v128.load(offset + o, 32), x2, v128.load(factor + o, 32));
      x3 = plusProduct(v128.load(offset + o, 48), x3, v128.load(factor + o, 48));
      if (addend != 0) {
        x0 = f32x4.add(x0, v128.load(addend + at + o));
        x1 = f32x4.add(x1, v128.load(addend + at + o, 16));
        x2 = f32x4.add(x2, v128.load(addend + at + o, 32));
        x3 = f32x4.add(x3, v128.load(addend + at + o, 48));
      }
      if (rectified) {
        x0 = f32x4.max(x0, zero);
        x1 = f32x4.max(x1, zero);
        x2 = f32x4.max(x2, zero);
        x3 = f32x4.max(x3, zero);
      }
      v128.store(target + o, x0);
      v128.store(target + o, x1, 16);
      v128.store(target + o, x2, 32);
      v128.store(target + o, x3, 48);
    }
    while (c < channels) {
      const wide = c + 4 <= channels;
      const o = bytes(c);
      let x = channelsAt(source + o, wide);
      if (centre != 0) x = f32x4.sub(x, channelsAt(centre + o, wide));
      let y = plusProduct(channelsAt(offset + o, wide), x, channelsAt(factor + o, wide));
      if (addend != 0) y = f32x4.add(y, channelsAt(addend + at + o, wide));
      if (rectified) y = f32x4.max(y, zero);
      putChannels(target + o, y, wide);
      c += wide ? 4 : 1;
    }
  }
}
