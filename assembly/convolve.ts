/**
 * Convolution and matrix product as one register tile: 4 pixels (or rows) by 8 channels (or columns). On a padded NHWC
 * image the entries of one window row are contiguous, so a tile walks 4 pointers, one a pixel, through KH runs of
 * KW * Cin entries against a packed panel of weights. A matrix product has one run a row.
 */
import { bytes, integer, pointer } from "./command";

/** Stores a tile row of up to 8 channels. */
function storeRow(at: usize, a: v128, b: v128, channels: i32): void {
  if (channels >= 8) {
    v128.store(at, a);
    v128.store(at, b, 16);
    return;
  }
  if (channels >= 4) {
    v128.store(at, a);
    a = b;
    at += 16;
    channels -= 4;
  }
  if (channels > 0) v128.store32_lane(at, a, 0);
  if (channels > 1) v128.store32_lane(at, a, 1, 4);
  if (channels > 2) v128.store32_lane(at, a, 2, 8);
}

/** A vector of 4 channels of which `channels` exist. */
function loadSome(at: usize, channels: i32): v128 {
  let value = f32x4.splat(0);
  if (channels >= 4) return v128.load(at);
  if (channels > 0) value = f32x4.replace_lane(value, 0, load<f32>(at));
  if (channels > 1) value = f32x4.replace_lane(value, 1, load<f32>(at, 4));
  if (channels > 2) value = f32x4.replace_lane(value, 2, load<f32>(at, 8));
  return value;
}

/**
 * source, packed weights, target, pixels, output width, output pixels an image, source strides (image, row, pixel),
 * window height, stride of a window row, run length, channels, target strides (image, row, pixel), bias or 0, relu,
 * addend (laid out as the target) or 0, pixels a chunk, panels a chunk, chunks of panels
 */
export function tile(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const weights = pointer(command, 1);
  const target = pointer(command, 2);
  const pixels = integer(command, 3);
  const width = integer(command, 4);
  const imagePixels = integer(command, 5);
  const sourceImage = integer(command, 6);
  const sourceRow = integer(command, 7);
  const sourcePixel = integer(command, 8);
  const windowHeight = integer(command, 9);
  const windowRow = bytes(integer(command, 10));
  const run = bytes(integer(command, 11));
  const channels = integer(command, 12);
  const targetImage = integer(command, 13);
  const targetRow = integer(command, 14);
  const targetPixel = integer(command, 15);
  const bias = pointer(command, 16);
  const floor = f32x4.splat(integer(command, 17) != 0 ? 0 : -Infinity);
  const rectified = integer(command, 17) != 0;
  const addend = pointer(command, 18);
  const pixelStep = integer(command, 19);
  const panelStep = integer(command, 20);
  const panelChunks = integer(command, 21);
  const pixelChunk = chunk / panelChunks;
  const panelChunk = chunk - pixelChunk * panelChunks;
  const lastPixel = min((pixelChunk + 1) * pixelStep, pixels);
  const lastPanel = min((panelChunk + 1) * panelStep, (channels + 7) >> 3);
  const panelBytes = (<usize>windowHeight * run) << 3;

  for (let panel = panelChunk * panelStep; panel < lastPanel; panel++) {
    const present = channels - (panel << 3);
    const panelWeights = weights + <usize>panel * panelBytes;
    let biasA = f32x4.splat(0);
    let biasB = biasA;
    if (bias != 0) {
      biasA = loadSome(bias + bytes(panel << 3), present);
      biasB = loadSome(bias + bytes((panel << 3) + 4), present - 4);
    }
    let pixel = pixelChunk * pixelStep;
    let image = pixel / imagePixels;
    let y = (pixel - image * imagePixels) / width;
    let x = pixel - image * imagePixels - y * width;
    const height = imagePixels / width;
    for (; pixel < lastPixel; pixel += 4) {
      const count = lastPixel - pixel;
      let from0 = source + bytes(image * sourceImage + y * sourceRow + x * sourcePixel);
      const to0 = bytes(image * targetImage + y * targetRow + x * targetPixel + (panel << 3));
      if (++x == width) {
        x = 0;
        if (++y == height) {
          y = 0;
          image++;
        }
      }
      let from1 = from0;
      let to1 = to0;
      if (count > 1) {
        from1 = source + bytes(image * sourceImage + y * sourceRow + x * sourcePixel);
        to1 = bytes(image * targetImage + y * targetRow + x * targetPixel + (panel << 3));
        if (++x == width) {
          x = 0;
          if (++y == height) {
            y = 0;
            image++;
          }
        }
      }
      let from2 = from0;
      let to2 = to0;
      if (count > 2) {
        from2 = source + bytes(image * sourceImage + y * sourceRow + x * sourcePixel);
        to2 = bytes(image * targetImage + y * targetRow + x * targetPixel + (panel << 3));
        if (++x == width) {
          x = 0;
          if (++y == height) {
            y = 0;
            image++;
          }
        }
      }
      let from3 = from0;
      let to3 = to0;
      if (count > 3) {
        from3 = source + bytes(image * sourceImage + y * sourceRow + x * sourcePixel);
        to3 = bytes(image * targetImage + y * targetRow + x * targetPixel + (panel << 3));
        if (++x == width) {
          x = 0;
          if (++y == height) {
            y = 0;
            image++;
          }
        }
      }

      let a0 = biasA;
      let b0 = biasB;
      let a1 = biasA;
      let b1 = biasB;
      let a2 = biasA;
      let b2 = biasB;
      let a3 = biasA;
      let b3 = biasB;
      let w = panelWeights;
      const skip = windowRow - run;
      for (let ky = 0; ky < windowHeight; ky++) {
        const end = w + (run << 3);
        while (w < end) {
          const wa = v128.load(w);
          const wb = v128.load(w, 16);
          const p0 = v128.load32_splat(from0);
          a0 = f32x4.add(a0, f32x4.mul(p0, wa));
          b0 = f32x4.add(b0, f32x4.mul(p0, wb));
          const p1 = v128.load32_splat(from1);
          a1 = f32x4.add(a1, f32x4.mul(p1, wa));
          b1 = f32x4.add(b1, f32x4.mul(p1, wb));
          const p2 = v128.load32_splat(from2);
          a2 = f32x4.add(a2, f32x4.mul(p2, wa));
          b2 = f32x4.add(b2, f32x4.mul(p2, wb));
          const p3 = v128.load32_splat(from3);
          a3 = f32x4.add(a3, f32x4.mul(p3, wa));
          b3 = f32x4.add(b3, f32x4.mul(p3, wb));
          w += 32;
          from0 += 4;
          from1 += 4;
          from2 += 4;
          from3 += 4;
        }
        from0 += skip;
        from1 += skip;
        from2 += skip;
        from3 += skip;
      }

      if (addend != 0) {
        a0 = f32x4.add(a0, loadSome(addend + to0, present));
        b0 = f32x4.add(b0, loadSome(addend + to0 + 16, present - 4));
        a1 = f32x4.add(a1, loadSome(addend + to1, present));
        b1 = f32x4.add(b1, loadSome(addend + to1 + 16, present - 4));
        a2 = f32x4.add(a2, loadSome(addend + to2, present));
        b2 = f32x4.add(b2, loadSome(addend + to2 + 16, present - 4));
        a3 = f32x4.add(a3, loadSome(addend + to3, present));
        b3 = f32x4.add(b3, loadSome(addend + to3 + 16, present - 4));
      }
      if (rectified) {
        a0 = f32x4.max(a0, floor);
        b0 = f32x4.max(b0, floor);
        a1 = f32x4.max(a1, floor);
        b1 = f32x4.max(b1, floor);
        a2 = f32x4.max(a2, floor);
        b2 = f32x4.max(b2, floor);
        a3 = f32x4.max(a3, floor);
        b3 = f32x4.max(b3, floor);
      }
      storeRow(target + to0, a0, b0, present);
      if (count > 1) storeRow(target + to1, a1, b1, present);
      if (count > 2) storeRow(target + to2, a2, b2, present);
      if (count > 3) storeRow(target + to3, a3, b3, present);
    }
  }
}

/** Pixels whose products are summed in registers before the sums go back to memory. */
const BLOCK: i32 = 128;

/** Bytes of scratch for a chunk: where each pixel of a block starts, four window quads of each, dy of each by panel. */
const OFFSET_BYTES: usize = 4 * BLOCK;
const QUAD_BYTES: usize = 16 * BLOCK;
const PANEL_BYTES: usize = 32 * BLOCK;

/** Side by side what lies at `from` plus each of the offsets: `quads` runs of a vector, the k-th to `windows` + k QUAD_BYTES. */
function gather(from: usize, offsets: usize, offsetsEnd: usize, quads: i32, windows: usize): void {
  if (quads < 4) {
    for (let quad = 0; quad < quads; quad++, from += 16, windows += QUAD_BYTES) {
      let to = windows;
      for (let at = offsets; at < offsetsEnd; at += 4, to += 16) v128.store(to, v128.load(from + <usize>load<u32>(at)));
    }
    return;
  }
  for (let at = offsets; at < offsetsEnd; at += 4, windows += 16) {
    const pixel = from + <usize>load<u32>(at);
    v128.store(windows, v128.load(pixel));
    v128.store(windows, v128.load(pixel, 16), QUAD_BYTES);
    v128.store(windows, v128.load(pixel, 32), 2 * QUAD_BYTES);
    v128.store(windows, v128.load(pixel, 48), 3 * QUAD_BYTES);
  }
}

/**
 * Gradient to the weights, as partial sums over groups of pixels: each tile is 4 entries of a window row by 8 output
 * channels, summed over a block of pixels. Both factors are first gathered side by side: channels are a power of two
 * apart, and such strides would fight for the same lines of the cache.
 *
 * source (padded), dy, partials [groups, KH, run / 4, channels / 8, 4, 8], images, output height, output width, source
 * strides (image, row, pixel), window height, stride of a window row, run length, channels, groups, panels a chunk,
 * chunks of panels, scratch
 */
export function weightTile(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const dy = pointer(command, 1);
  const height = integer(command, 4);
  const width = integer(command, 5);
  const sourceImage = integer(command, 6);
  const sourceRow = integer(command, 7);
  const sourcePixel = integer(command, 8);
  const windowHeight = integer(command, 9);
  const windowRow = integer(command, 10);
  const run = integer(command, 11);
  const channels = integer(command, 12);
  const groups = integer(command, 13);
  const panelStep = integer(command, 14);
  const panelChunks = integer(command, 15);
  const panels = (channels + 7) >> 3;
  const quads = (run + 3) >> 2;
  const group = chunk / panelChunks;
  const panelChunk = chunk - group * panelChunks;
  const firstPanel = panelChunk * panelStep;
  const lastPanel = min(firstPanel + panelStep, panels);
  const pixels = integer(command, 3) * height * width;
  const firstPixel = <i32>((<i64>pixels * group) / groups);
  const lastPixel = <i32>((<i64>pixels * (group + 1)) / groups);
  const partial = pointer(command, 2) + bytes(group * windowHeight * quads * panels * 32);
  const offsets = pointer(command, 16) + <usize>chunk * (OFFSET_BYTES + 4 * QUAD_BYTES + <usize>panelStep * PANEL_BYTES);
  const windows = offsets + OFFSET_BYTES;
  const gathered = windows + 4 * QUAD_BYTES;
  const dyPixel = bytes(channels);

  let image = firstPixel / (height * width);
  let y = (firstPixel - image * height * width) / width;
  let x = firstPixel - (image * height + y) * width;
  for (let blockPixel = firstPixel; blockPixel < lastPixel || blockPixel == firstPixel; blockPixel += BLOCK) {
    const count = min(BLOCK, lastPixel - blockPixel);
    const fresh = blockPixel == firstPixel;
    const offsetsEnd = offsets + bytes(count);
    for (let at = offsets; at < offsetsEnd; at += 4) {
      store<u32>(at, bytes(image * sourceImage + y * sourceRow + x * sourcePixel));
      if (++x == width) {
        x = 0;
        if (++y == height) {
          y = 0;
          image++;
        }
      }
    }
    for (let panel = firstPanel; panel < lastPanel; panel++) {
      let from = dy + <usize>blockPixel * dyPixel + bytes(panel << 3);
      let to = gathered + <usize>(panel - firstPanel) * PANEL_BYTES;
      for (let i = 0; i < count; i++, from += dyPixel, to += 32) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      }
    }
    for (let ky = 0; ky < windowHeight; ky++) {
      for (let quad = 0; quad < quads; quad++) {
        const window = windows + <usize>(quad & 3) * QUAD_BYTES;
        if ((quad & 3) == 0) gather(source + bytes(ky * windowRow + (quad << 2)), offsets, offsetsEnd, min(4, quads - quad), windows);
        for (let panel = firstPanel; panel < lastPanel; panel++) {
          const sums = partial + bytes(((ky * quads + quad) * panels + panel) * 32);
          let a0 = f32x4.splat(0);
          let b0 = a0;
          let a1 = a0;
          let b1 = a0;
          let a2 = a0;
          let b2 = a0;
          let a3 = a0;
          let b3 = a0;
          if (!fresh) {
            a0 = v128.load(sums);
            b0 = v128.load(sums, 16);
            a1 = v128.load(sums, 32);
            b1 = v128.load(sums, 48);
            a2 = v128.load(sums, 64);
            b2 = v128.load(sums, 80);
            a3 = v128.load(sums, 96);
            b3 = v128.load(sums, 112);
          }
          let d = gathered + <usize>(panel - firstPanel) * PANEL_BYTES;
          let p = window;
          const end = window + (<usize>count << 4);
          while (p < end) {
            const da = v128.load(d);
            const db = v128.load(d, 16);
            const p0 = v128.load32_splat(p);
            a0 = f32x4.add(a0, f32x4.mul(p0, da));
            b0 = f32x4.add(b0, f32x4.mul(p0, db));
            const p1 = v128.load32_splat(p, 4);
            a1 = f32x4.add(a1, f32x4.mul(p1, da));
            b1 = f32x4.add(b1, f32x4.mul(p1, db));
            const p2 = v128.load32_splat(p, 8);
            a2 = f32x4.add(a2, f32x4.mul(p2, da));
            b2 = f32x4.add(b2, f32x4.mul(p2, db));
            const p3 = v128.load32_splat(p, 12);
            a3 = f32x4.add(a3, f32x4.mul(p3, da));
            b3 = f32x4.add(b3, f32x4.mul(p3, db));
            d += 32;
            p += 16;
          }
          v128.store(sums, a0);
          v128.store(sums, b0, 16);
          v128.store(sums, a1, 32);
          v128.store(sums, b1, 48);
          v128.store(sums, a2, 64);
          v128.store(sums, b2, 80);
          v128.store(sums, a3, 96);
          v128.store(sums, b3, 112);
        }
      }
    }
  }
}

/** partials, target [KH, run, channels], groups, KH, run, channels, window rows and quads (ky, quad) a chunk */
export function weightSum(command: usize, chunk: i32): void {
  const partials = pointer(command, 0);
  const target = pointer(command, 1);
  const groups = integer(command, 2);
  const windowHeight = integer(command, 3);
  const run = integer(command, 4);
  const channels = integer(command, 5);
  const step = integer(command, 6);
  const quads = (run + 3) >> 2;
  const panels = (channels + 7) >> 3;
  const size = bytes(windowHeight * quads * panels * 32);
  const last = min((chunk + 1) * step, windowHeight * quads);
  for (let item = chunk * step; item < last; item++) {
    const ky = item / quads;
    const quad = item - ky * quads;
    const present = min(4, run - (quad << 2));
    for (let panel = 0; panel < panels; panel++) {
      let from = partials + bytes((item * panels + panel) * 32);
      let to = target + bytes((ky * run + (quad << 2)) * channels + (panel << 3));
      for (let entry = 0; entry < present; entry++, from += 32, to += bytes(channels)) {
        let a = v128.load(from);
        let b = v128.load(from, 16);
        let at = from + size;
        for (let group = 1; group < groups; group++, at += size) {
          a = f32x4.add(a, v128.load(at));
          b = f32x4.add(b, v128.load(at, 16));
        }
        storeRow(to, a, b, channels - (panel << 3));
      }
    }
  }
}
