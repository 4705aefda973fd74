/** Gradients of batch normalisation over rows of C channels: two sums a channel in parts of rows, then one pass that applies them. */
import { bytes, integer, number, pointer } from "./command";
import { channelsAt, LINE, putChannels, widened } from "./normalise";
import { plusProduct } from "./product";

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
  let c = 0;
  for (; c + LINE <= channels; c += LINE) {
    const mean = pointer(command, 2) + bytes(c);
    let x = pointer(command, 0) + start + bytes(c);
    let dy = pointer(command, 1) + start + bytes(c);
    let y = rectified + start + bytes(c);
    let sum0 = zero;
    let products0 = zero;
    let sum1 = zero;
    let products1 = zero;
    let sum2 = zero;
    let products2 = zero;
    let sum3 = zero;
    let products3 = zero;
    for (let r = 0; r < count; r++, x += stride, dy += stride, y += stride) {
      let gradient0 = v128.load(dy);
      let gradient1 = v128.load(dy, 16);
      let gradient2 = v128.load(dy, 32);
      let gradient3 = v128.load(dy, 48);
      if (rectified != 0) {
        gradient0 = v128.and(gradient0, f32x4.gt(v128.load(y), zero));
        gradient1 = v128.and(gradient1, f32x4.gt(v128.load(y, 16), zero));
        gradient2 = v128.and(gradient2, f32x4.gt(v128.load(y, 32), zero));
        gradient3 = v128.and(gradient3, f32x4.gt(v128.load(y, 48), zero));
      }
      sum0 = f32x4.add(sum0, gradient0);
      products0 = plusProduct(products0, gradient0, f32x4.sub(v128.load(x), v128.load(mean)));
      sum1 = f32x4.add(sum1, gradient1);
      products1 = plusProduct(products1, gradient1, f32x4.sub(v128.load(x, 16), v128.load(mean, 16)));
      sum2 = f32x4.add(sum2, gradient2);
      products2 = plusProduct(products2, gradient2, f32x4.sub(v128.load(x, 32), v128.load(mean, 32)));
      sum3 = f32x4.add(sum3, gradient3);
      products3 = plusProduct(products3, gradient3, f32x4.sub(v128.load(x, 48), v128.load(mean, 48)));
    }
    const to = target + bytes(c);
    const other = to + stride;
    v128.store(to, sum0);
    v128.store(other, products0);
    v128.store(to, sum1, 16);
    v128.store(other, products1, 16);
    v128.store(to, sum2, 32);
    v128.store(other, products2, 32);
    v128.store(to, sum3, 48);
    v128.store(other, products3, 48);
  }
  while (c < channels) {
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
      products = plusProduct(products, gradient, f32x4.sub(channelsAt(x, wide), mean));
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
    const y = rectified + at;
    let c = 0;
    for (; c + LINE <= channels; c += LINE) {
      const o = bytes(c);
      const own = coefficients + o;
      const deviation = own + stride;
      const shared = deviation + stride;
      let gradient0 = v128.load(dy + o);
      let gradient1 = v128.load(dy + o, 16);
      let gradient2 = v128.load(dy + o, 32);
      let gradient3 = v128.load(dy + o, 48);
      if (rectified != 0) {
        gradient0 = v128.and(gradient0, f32x4.gt(v128.load(y + o), zero));
        gradient1 = v128.and(gradient1, f32x4.gt(v128.load(y + o, 16), zero));
        gradient2 = v128.and(gradient2, f32x4.gt(v128.load(y + o, 32), zero));
        gradient3 = v128.and(gradient3, f32x4.gt(v128.load(y + o, 48), zero));
      }
      const apart0 = f32x4.sub(v128.load(x + o), v128.load(mean + o));
      const rest0 = plusProduct(v128.load(shared), apart0, v128.load(deviation));
      v128.store(target + o, plusProduct(rest0, gradient0, v128.load(own)));
      const apart1 = f32x4.sub(v128.load(x + o, 16), v128.load(mean + o, 16));
      const rest1 = plusProduct(v128.load(shared, 16), apart1, v128.load(deviation, 16));
      v128.store(target + o, plusProduct(rest1, gradient1, v128.load(own, 16)), 16);
      const apart2 = f32x4.sub(v128.load(x + o, 32), v128.load(mean + o, 32));
      const rest2 = plusProduct(v128.load(shared, 32), apart2, v128.load(deviation, 32));
      v128.store(target + o, plusProduct(rest2, gradient2, v128.load(own, 32)), 32);
      const apart3 = f32x4.sub(v128.load(x + o, 48), v128.load(mean + o, 48));
      const rest3 = plusProduct(v128.load(shared, 48), apart3, v128.load(deviation, 48));
      v128.store(target + o, plusProduct(rest3, gradient3, v128.load(own, 48)), 48);
    }
    while (c < channels) {
      const wide = c + 4 <= channels;
      const o = bytes(c);
      let gradient = channelsAt(dy + o, wide);
      if (rectified != 0) gradient = v128.and(gradient, f32x4.gt(channelsAt(y + o, wide), zero));
      const deviation = f32x4.sub(channelsAt(x + o, wide), channelsAt(mean + o, wide));
      const shared = plusProduct(
        channelsAt(coefficients + stride + stride + o, wide),
        deviation,
        channelsAt(coefficients + stride + o, wide),
      );
      putChannels(target + o, plusProduct(shared, gradient, channelsAt(coefficients + o, wide)), wide);
      c += wide ? 4 : 1;
    }
  }
}
