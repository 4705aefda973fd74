/**
 * Pooling over [N, H, W, C], four channels at a time, forward sixteen where there are as many; the pulls take one image a chunk, because
 * windows may overlap.
 */
import { bytes, integer, pointer } from "./command";
import { LINE } from "./normalise";

/*
 * Arguments of all four: x, dy, target, N, H, W, C, H', W', window height and width, stride y and x, padding top and left,
 * images a chunk.
 */
function clippedFrom(start: i32): i32 {
  return max(0, -start);
}

/** Loads four channels, or as many as are left in lane 0 alone: `wide` says which. */
function loadChannels(at: usize, wide: bool): v128 {
  return wide ? v128.load(at) : v128.load32_zero(at);
}

function storeChannels(at: usize, value: v128, wide: bool): void {
  if (wide) v128.store(at, value);
  else v128.store32_lane(at, value, 0);
}

function forward(command: usize, chunk: i32, average: bool): void {
  const height = integer(command, 4);
  const width = integer(command, 5);
  const channels = integer(command, 6);
  const outHeight = integer(command, 7);
  const outWidth = integer(command, 8);
  const windowHeight = integer(command, 9);
  const windowWidth = integer(command, 10);
  const step = integer(command, 15);
  const last = min((chunk + 1) * step, integer(command, 3));
  const share = f32x4.splat(<f32>1 / <f32>(windowHeight * windowWidth));
  const pixel = bytes(channels);
  for (let n = chunk * step; n < last; n++) {
    const image = pointer(command, 0) + bytes(n * height * width * channels);
    let target = pointer(command, 2) + bytes(n * outHeight * outWidth * channels);
    for (let oy = 0; oy < outHeight; oy++) {
      const y = oy * integer(command, 11) - integer(command, 13);
      const ky0 = clippedFrom(y);
      const ky1 = min(windowHeight, height - y);
      for (let ox = 0; ox < outWidth; ox++) {
        const x = ox * integer(command, 12) - integer(command, 14);
        const kx0 = clippedFrom(x);
        const kx1 = min(windowWidth, width - x);
        let c = 0;
        for (; c + LINE <= channels; c += LINE, target += 64) {
          let value0 = f32x4.splat(average ? 0 : -Infinity);
          let value1 = value0;
          let value2 = value0;
          let value3 = value0;
          let row = image + bytes(((y + ky0) * width + x + kx0) * channels + c);
          for (let ky = ky0; ky < ky1; ky++, row += <usize>width * pixel) {
            const end = row + <usize>(kx1 - kx0) * pixel;
            for (let at = row; at < end; at += pixel) {
              if (average) {
                value0 = f32x4.add(value0, v128.load(at));
                value1 = f32x4.add(value1, v128.load(at, 16));
                value2 = f32x4.add(value2, v128.load(at, 32));
                value3 = f32x4.add(value3, v128.load(at, 48));
              } else {
                value0 = f32x4.max(value0, v128.load(at));
                value1 = f32x4.max(value1, v128.load(at, 16));
                value2 = f32x4.max(value2, v128.load(at, 32));
                value3 = f32x4.max(value3, v128.load(at, 48));
              }
            }
          }
          v128.store(target, average ? f32x4.mul(value0, share) : value0);
          v128.store(target, average ? f32x4.mul(value1, share) : value1, 16);
          v128.store(target, average ? f32x4.mul(value2, share) : value2, 32);
          v128.store(target, average ? f32x4.mul(value3, share) : value3, 48);
        }
        while (c < channels) {
          const wide = c + 4 <= channels;
          let value = f32x4.splat(average ? 0 : -Infinity);
          for (let ky = ky0; ky < ky1; ky++) {
            for (let kx = kx0; kx < kx1; kx++) {
              const entry = loadChannels(image + bytes(((y + ky) * width + x + kx) * channels + c), wide);
              value = average ? f32x4.add(value, entry) : f32x4.max(value, entry);
            }
          }
          storeChannels(target, average ? f32x4.mul(value, share) : value, wide);
          target += wide ? 16 : 4;
          c += wide ? 4 : 1;
        }
      }
    }
  }
}

export function maxPool(command: usize, chunk: i32): void {
  forward(command, chunk, false);
}

export function averagePool(command: usize, chunk: i32): void {
  forward(command, chunk, true);
}

function pull(command: usize, chunk: i32, average: bool): void {
  const height = integer(command, 4);
  const width = integer(command, 5);
  const channels = integer(command, 6);
  const outHeight = integer(command, 7);
  const outWidth = integer(command, 8);
  const windowHeight = integer(command, 9);
  const windowWidth = integer(command, 10);
  const step = integer(command, 15);
  const last = min((chunk + 1) * step, integer(command, 3));
  const share = f32x4.splat(<f32>1 / <f32>(windowHeight * windowWidth));
  for (let n = chunk * step; n < last; n++) {
    const image = pointer(command, 0) + bytes(n * height * width * channels);
    const target = pointer(command, 2) + bytes(n * height * width * channels);
    let dy = pointer(command, 1) + bytes(n * outHeight * outWidth * channels);
    memory.fill(target, 0, bytes(height * width * channels));
    for (let oy = 0; oy < outHeight; oy++) {
      const y = oy * integer(command, 11) - integer(command, 13);
      const ky0 = clippedFrom(y);
      const ky1 = min(windowHeight, height - y);
      for (let ox = 0; ox < outWidth; ox++) {
        const x = ox * integer(command, 12) - integer(command, 14);
        const kx0 = clippedFrom(x);
        const kx1 = min(windowWidth, width - x);
        for (let c = 0; c < channels; ) {
          const wide = c + 4 <= channels;
          let gradient = loadChannels(dy, wide);
          let largest = f32x4.splat(-Infinity);
          let winner = i32x4.splat(-1);
          if (average) {
            gradient = f32x4.mul(gradient, share);
          } else {
            for (let ky = ky0; ky < ky1; ky++) {
              for (let kx = kx0; kx < kx1; kx++) {
                const entry = loadChannels(image + bytes(((y + ky) * width + x + kx) * channels + c), wide);
                const larger = v128.or(f32x4.gt(entry, largest), i32x4.eq(winner, i32x4.splat(-1)));
                largest = v128.bitselect(entry, largest, larger);
                winner = v128.bitselect(i32x4.splat(ky * windowWidth + kx), winner, larger);
              }
            }
          }
          for (let ky = ky0; ky < ky1; ky++) {
            for (let kx = kx0; kx < kx1; kx++) {
              const at = target + bytes(((y + ky) * width + x + kx) * channels + c);
              const won = average ? i32x4.splat(-1) : i32x4.eq(winner, i32x4.splat(ky * windowWidth + kx));
              storeChannels(at, f32x4.add(loadChannels(at, wide), v128.and(gradient, won)), wide);
            }
          }
          dy += wide ? 16 : 4;
          c += wide ? 4 : 1;
        }
      }
    }
  }
}

export function maxPoolPull(command: usize, chunk: i32): void {
  pull(command, chunk, false);
}

export function averagePoolPull(command: usize, chunk: i32): void {
  pull(command, chunk, true);
}
