/**
 * 3x3 convolutions of stride 1 by tiles of 4x4 results, some tiles at a time, so that everything between the transforms
 * stays in the thread's cache: `winograd` (forward, and to the input with turned weights), `winogradWeightTile` (to the
 * weights) and what these need beforehand and afterwards. Channels are multiples of 8.
 *
 * Sums and gradients lie as [36, channels / 8, tiles, 8]. Windows lie as [36, tiles, channels] for products over channels
 * and as [36, channels / 4, tiles, 4] for products over tiles, which is how a register tile of 4 by 8 walks either.
 */
import { bytes, integer, pointer, scratch } from "./command";
import { gradientLines, resultLines, weightGradientLines, weightLines, windowLines } from "./winograd";

/** Bytes of a vector, of 6 vectors in a row, and of one 6x6 patch of vectors. */
const VECTOR: usize = 16;
const ROW: usize = 6 * VECTOR;
const PATCH: usize = 6 * ROW;

/** A line of the cache: matrices begin one further than a power of two would, lest all 36 fight for the same lines. */
const LINE: usize = 64;

/** Bytes from one of the 36 matrices to the next. */
function apartOf(channels: i32, tiles: i32): usize {
  return bytes(channels * tiles) + LINE;
}

/** The part of a square of `side` pixels at (y, x) that lies in an image: first and last row and column, packed in bytes. */
function presentOf(height: i32, width: i32, y: i32, x: i32, side: i32): i32 {
  return max(0, -y) | (clamped(height - y, side) << 8) | (max(0, -x) << 16) | (clamped(width - x, side) << 24);
}

function clamped(value: i32, most: i32): i32 {
  return max(0, min(most, value));
}

/** Four channels of the pixels that are present; `corner` is the square's, and may lie outside. The rest of the patch stays. */
function cut(corner: usize, row: usize, pixel: usize, present: i32, patch: usize): void {
  const lastRow = (present >> 8) & 255;
  const firstColumn = (present >> 16) & 255;
  const lastColumn = (present >> 24) & 255;
  for (let i = present & 255; i < lastRow; i++) {
    let at = corner + <usize>i * row + <usize>firstColumn * pixel;
    let to = patch + <usize>i * ROW + <usize>firstColumn * VECTOR;
    for (let j = firstColumn; j < lastColumn; j++, at += pixel, to += VECTOR) v128.store(to, v128.load(at));
  }
}

/**
 * B^T d B of `count` tiles from `first` on, all channels, to 36 matrices in which tiles and quads of channels are as far
 * apart as given. `patch`: two patches of scratch.
 */
function windows(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  first: i32,
  count: i32,
  tiles: i32,
  target: usize,
  tileApart: usize,
  quadApart: usize,
  patch: usize,
): void {
  const apart = apartOf(channels, tiles);
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const half = patch + PATCH;
  const quads = channels >> 2;
  for (let tile = 0; tile < count; tile++) {
    const image = (first + tile) / (down * across);
    const place = first + tile - image * down * across;
    const y = (place / across) * 4 - top;
    const x = (place % across) * 4 - left;
    const inside = y >= 0 && x >= 0 && y + 6 <= height && x + 6 <= width;
    const present = presentOf(height, width, y, x, 6);
    if (!inside) memory.fill(patch, 0, PATCH);
    let at = source + <usize>image * <usize>height * row + <usize>y * row + <usize>x * pixel;
    let to = target + <usize>tile * tileApart;
    for (let quad = 0; quad < quads; quad++) {
      if (inside) {
        windowLines(at, row, pixel, half, ROW, VECTOR, 6);
      } else {
        cut(at, row, pixel, present, patch);
        windowLines(patch, ROW, VECTOR, half, ROW, VECTOR, 6);
      }
      windowLines(half, VECTOR, ROW, to, apart, 6 * apart, 6);
      at += VECTOR;
      to += quadApart;
    }
  }
}

/** A dy A^T of `count` tiles from `first` on, of `panels` times 8 channels, to [36, panels, tiles, 8]. */
function gradients(
  dy: usize,
  height: i32,
  width: i32,
  channels: i32,
  panels: i32,
  down: i32,
  across: i32,
  first: i32,
  count: i32,
  tiles: i32,
  target: usize,
  patch: usize,
): void {
  const apart = apartOf(panels << 3, tiles);
  const pixel = bytes(channels);
  const row = <usize>width * pixel;
  const half = patch + PATCH;
  for (let tile = 0; tile < count; tile++) {
    const image = (first + tile) / (down * across);
    const place = first + tile - image * down * across;
    const y = (place / across) * 4;
    const x = (place % across) * 4;
    const inside = y + 4 <= height && x + 4 <= width;
    const present = presentOf(height, width, y, x, 4);
    if (!inside) memory.fill(patch, 0, PATCH);
    const from = dy + <usize>image * <usize>height * row + <usize>y * row + <usize>x * pixel;
    for (let quad = 0; quad < panels << 1; quad++) {
      const at = from + <usize>quad * VECTOR;
      if (inside) {
        gradientLines(at, row, pixel, half, ROW, VECTOR, 4);
      } else {
        cut(at, row, pixel, present, patch);
        gradientLines(patch, ROW, VECTOR, half, ROW, VECTOR, 4);
      }
      const to = target + <usize>((quad >> 1) * tiles + tile) * 32 + <usize>(quad & 1) * VECTOR;
      gradientLines(half, VECTOR, ROW, to, apart, 6 * apart, 6);
    }
  }
}

/**
 * The 36 products over channels: windows [36, tiles, inner] times weights [36, panels, inner, 8] to sums
 * [36, panels, tiles, 8], 4 tiles by 8 channels in registers.
 */
function products(source: usize, weights: usize, target: usize, inner: i32, panels: i32, tiles: i32, count: i32): void {
  const sourceApart = apartOf(inner, tiles);
  const targetApart = apartOf(panels << 3, tiles);
  const row = bytes(inner);
  const panelBytes = bytes(inner) << 3;
  for (let k = 0; k < 36; k++, source += sourceApart, target += targetApart, weights += LINE) {
    for (let panel = 0; panel < panels; panel++, weights += panelBytes) {
      for (let tile = 0; tile < count; tile += 4) {
        let from0 = source + <usize>tile * row;
        let from1 = from0 + row;
        let from2 = from1 + row;
        let from3 = from2 + row;
        let w = weights;
        const end = w + panelBytes;
        let a0 = f32x4.splat(0);
        let b0 = a0;
        let a1 = a0;
        let b1 = a0;
        let a2 = a0;
        let b2 = a0;
        let a3 = a0;
        let b3 = a0;
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
        const to = target + <usize>(panel * tiles + tile) * 32;
        v128.store(to, a0);
        v128.store(to, b0, 16);
        v128.store(to, a1, 32);
        v128.store(to, b1, 48);
        v128.store(to, a2, 64);
        v128.store(to, b2, 80);
        v128.store(to, a3, 96);
        v128.store(to, b3, 112);
      }
    }
  }
}

/**
 * source [N, H, W, inner], weights [36, channels / 8, inner, 8], target [N, H', W', channels], N, H, W, inner, H', W',
 * padding top and left, tiles a chunk, channels, tiles down and across an image, scratch, bias or 0, relu, addend (laid
 * out as the target) or 0, floats of scratch a thread. Target, channels, bias, relu and addend stand where `tile` has them.
 */
export function winograd(command: usize, chunk: i32): void {
  const inner = integer(command, 6);
  const height = integer(command, 7);
  const width = integer(command, 8);
  const tiles = integer(command, 11);
  const channels = integer(command, 12);
  const down = integer(command, 13);
  const across = integer(command, 14);
  const first = chunk * tiles;
  const count = min(tiles, integer(command, 3) * down * across - first);
  const patch = scratch(command, 15, 19);
  const half = patch + PATCH;
  const source = patch + 2 * PATCH;
  const sums = source + 36 * apartOf(inner, tiles);
  const panels = channels >> 3;
  windows(
    pointer(command, 0),
    integer(command, 4),
    integer(command, 5),
    inner,
    integer(command, 9),
    integer(command, 10),
    down,
    across,
    first,
    count,
    tiles,
    source,
    bytes(inner),
    VECTOR,
    patch,
  );
  products(source, pointer(command, 1), sums, inner, panels, tiles, count);

  const apart = apartOf(channels, tiles);
  const pixel = bytes(channels);
  const bias = pointer(command, 16);
  const rectified = integer(command, 17) != 0;
  const addend = pointer(command, 18);
  const zero = f32x4.splat(0);
  const plain = bias == 0 && addend == 0 && !rectified;
  for (let tile = 0; tile < count; tile++) {
    const image = (first + tile) / (down * across);
    const place = first + tile - image * down * across;
    const y = (place / across) * 4;
    const x = (place % across) * 4;
    const corner = <usize>((image * height + y) * width + x) * pixel;
    const rows = min(4, height - y);
    const columns = min(4, width - x);
    const whole = plain && rows == 4 && columns == 4;
    for (let quad = 0; quad < panels << 1; quad++) {
      const from = sums + <usize>((quad >> 1) * tiles + tile) * 32 + <usize>(quad & 1) * VECTOR;
      resultLines(from, 6 * apart, apart, half, ROW, VECTOR, 6);
      if (whole) {
        resultLines(half, VECTOR, ROW, pointer(command, 2) + corner + <usize>quad * VECTOR, pixel, <usize>width * pixel, 4);
        continue;
      }
      resultLines(half, VECTOR, ROW, patch, VECTOR, ROW, 4);
      const shift = bias == 0 ? zero : v128.load(bias + <usize>quad * VECTOR);
      for (let i = 0; i < rows; i++) {
        let at = corner + <usize>(i * width) * pixel + <usize>quad * VECTOR;
        for (let j = 0; j < columns; j++, at += pixel) {
          let value = f32x4.add(v128.load(patch + <usize>i * ROW + <usize>j * VECTOR), shift);
          if (addend != 0) value = f32x4.add(value, v128.load(addend + at));
          if (rectified) value = f32x4.max(value, zero);
          v128.store(pointer(command, 2) + at, value);
        }
      }
    }
  }
}

/**
 * G g G^T of weights, packed: source, target [36, columns / 8, inner, 8], strides of window row, window column, inner
 * channel and column, inner, columns, panels a chunk, scratch, floats of scratch a thread.
 */
export function winogradWeights(command: usize, chunk: i32): void {
  const target = pointer(command, 1);
  const rowStride = bytes(integer(command, 2));
  const columnStride = bytes(integer(command, 3));
  const innerStride = bytes(integer(command, 4));
  const laneStride = integer(command, 5);
  const inner = integer(command, 6);
  const panels = integer(command, 7) >> 3;
  const step = integer(command, 8);
  const patch = scratch(command, 9, 10);
  const half = patch + PATCH;
  const apart = (bytes(panels * inner) << 3) + LINE;
  const last = min((chunk + 1) * step, panels);
  for (let panel = chunk * step; panel < last; panel++) {
    for (let c = 0; c < inner; c++) {
      for (let part = 0; part < 2; part++) {
        const lane = bytes(((panel << 3) + (part << 2)) * laneStride);
        let from = pointer(command, 0) + <usize>c * innerStride + lane;
        for (let i = 0; i < 3; i++, from += rowStride) {
          let at = from;
          for (let j = 0; j < 3; j++, at += columnStride) {
            const value =
              laneStride == 1
                ? v128.load(at)
                : f32x4(load<f32>(at), load<f32>(at + bytes(laneStride)), load<f32>(at + bytes(2 * laneStride)), load<f32>(at + bytes(3 * laneStride)));
            v128.store(patch + <usize>i * ROW + <usize>j * VECTOR, value);
          }
        }
        weightLines(patch, ROW, VECTOR, half, ROW, VECTOR, 3);
        weightLines(half, VECTOR, ROW, target + (bytes(panel * inner + c) << 3) + <usize>part * VECTOR, apart, 6 * apart, 6);
      }
    }
  }
}

/**
 * Gradient to the weights of groups of tiles, still between the transforms: x [N, H, W, inner], dy [N, H', W', channels],
 * partials [groups, 36, inner / 4, channels / 8, 4, 8], N, H, W, inner, H', W', padding top and left, tiles a block,
 * channels, tiles down and across an image, scratch, groups, panels a chunk, chunks of panels, floats of scratch a thread
 */
export function winogradWeightTile(command: usize, chunk: i32): void {
  const inner = integer(command, 6);
  const tiles = integer(command, 11);
  const channels = integer(command, 12);
  const down = integer(command, 13);
  const across = integer(command, 14);
  const groups = integer(command, 16);
  const panelStep = integer(command, 17);
  const panelChunks = integer(command, 18);
  const group = chunk / panelChunks;
  const firstPanel = (chunk - group * panelChunks) * panelStep;
  const allPanels = channels >> 3;
  const panels = min(panelStep, allPanels - firstPanel);
  const all = integer(command, 3) * down * across;
  const firstTile = <i32>((<i64>all * group) / groups);
  const lastTile = <i32>((<i64>all * (group + 1)) / groups);
  const patch = scratch(command, 15, 19);
  const source = patch + 2 * PATCH;
  const sourceApart = apartOf(inner, tiles);
  const slopes = source + 36 * sourceApart;
  const slopesApart = apartOf(panels << 3, tiles);
  const quads = inner >> 2;
  const partial = pointer(command, 2) + <usize>(group * 36 * quads * allPanels) * 128;

  for (let first = firstTile; first < lastTile; first += tiles) {
    const count = min(tiles, lastTile - first);
    const fresh = first == firstTile;
    windows(
      pointer(command, 0),
      integer(command, 4),
      integer(command, 5),
      inner,
      integer(command, 9),
      integer(command, 10),
      down,
      across,
      first,
      count,
      tiles,
      source,
      VECTOR,
      <usize>tiles * VECTOR,
      patch,
    );
    gradients(
      pointer(command, 1) + (bytes(firstPanel) << 3),
      integer(command, 7),
      integer(command, 8),
      channels,
      panels,
      down,
      across,
      first,
      count,
      tiles,
      slopes,
      patch,
    );
    for (let k = 0; k < 36; k++) {
      for (let quad = 0; quad < quads; quad++) {
        const window = source + <usize>k * sourceApart + <usize>(quad * tiles) * VECTOR;
        const end = window + <usize>count * VECTOR;
        let sums = partial + <usize>((k * quads + quad) * allPanels + firstPanel) * 128;
        let d = slopes + <usize>k * slopesApart;
        for (let panel = 0; panel < panels; panel++, sums += 128, d += <usize>(tiles - count) * 32) {
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

/**
 * The groups' sums, and G^T of them: partials, target [3, 3, inner, channels], groups, inner, channels, quads of inner
 * channels a chunk, scratch, floats of scratch a thread
 */
export function winogradWeightSum(command: usize, chunk: i32): void {
  const partials = pointer(command, 0);
  const target = pointer(command, 1);
  const groups = integer(command, 2);
  const inner = integer(command, 3);
  const channels = integer(command, 4);
  const step = integer(command, 5);
  const half = scratch(command, 6, 7);
  const sums = half + PATCH;
  const quads = inner >> 2;
  const panels = channels >> 3;
  const size = <usize>(36 * quads * panels) * 128;
  const last = min((chunk + 1) * step, quads);
  for (let quad = chunk * step; quad < last; quad++) {
    for (let panel = 0; panel < panels; panel++) {
      let from = partials + <usize>(quad * panels + panel) * 128;
      for (let k = 0; k < 36; k++, from += <usize>(quads * panels) * 128) {
        const to = sums + <usize>k * 128;
        for (let o: usize = 0; o < 128; o += 32) {
          let a = v128.load(from + o);
          let b = v128.load(from + o, 16);
          let at = from + o + size;
          for (let group = 1; group < groups; group++, at += size) {
            a = f32x4.add(a, v128.load(at));
            b = f32x4.add(b, v128.load(at, 16));
          }
          v128.store(to + o, a);
          v128.store(to + o, b, 16);
        }
      }
      for (let vector = 0; vector < 8; vector++) {
        weightGradientLines(sums + <usize>vector * VECTOR, 6 * 128, 128, half, ROW, VECTOR, 6);
        const channel = (quad << 2) + (vector >> 1);
        const to = target + bytes(channel * channels + (panel << 3) + ((vector & 1) << 2));
        const column = bytes(inner * channels);
        weightGradientLines(half, VECTOR, ROW, to, column, 3 * column, 3);
      }
    }
  }
}
