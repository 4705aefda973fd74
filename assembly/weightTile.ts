/**
 * Gradient of a convolution to its weights as register tiles of 4 entries of a window row by 8 output channels, summed
 * over pixels: `weightTile` leaves partial sums of groups of pixels, `weightSum` adds them up.
 */
import { bytes, integer, pointer } from "./command";
import { storeRow } from "./convolve";
import { plusProduct } from "./product";

/**
 * Adds to the sums of `panels` panels (to nothing, where they are `fresh`) the products of the entries from `window` to
 * `end`, 4 a pixel, with the gradients at `from`, 8 a pixel, the next panel's being `next` bytes further on. Inlined: the
 * call cost 2 to 5 % of the whole.
 */
@inline
export function accumulate(window: usize, end: usize, from: usize, next: usize, sums: usize, panels: i32, fresh: bool): void {
  for (; panels > 0; panels--, sums += 128, from += next) {
    let d = from;
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
    for (let p = window; p < end; p += 16, d += 32) {
      const da = v128.load(d);
      const db = v128.load(d, 16);
      const p0 = v128.load32_splat(p);
      a0 = plusProduct(a0, p0, da);
      b0 = plusProduct(b0, p0, db);
      const p1 = v128.load32_splat(p, 4);
      a1 = plusProduct(a1, p1, da);
      b1 = plusProduct(b1, p1, db);
      const p2 = v128.load32_splat(p, 8);
      a2 = plusProduct(a2, p2, da);
      b2 = plusProduct(b2, p2, db);
      const p3 = v128.load32_splat(p, 12);
      a3 = plusProduct(a3, p3, da);
      b3 = plusProduct(b3, p3, db);
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
        const sums = partial + bytes(((ky * quads + quad) * panels + firstPanel) * 32);
        accumulate(window, window + (<usize>count << 4), gathered, PANEL_BYTES, sums, lastPanel - firstPanel, fresh);
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
