/**
 * 3x3 convolutions of stride 1 by tiles of 4x4 results: forward, and to the input with turned weights. `winogradWeights`
 * transforms the weights beforehand; `winograd` does the rest, a block of tiles a chunk.
 */
import { bytes, integer, pointer, scratch } from "./command";
import { plusProduct } from "./product";
import { resultLines, weightLines } from "./winograd";
import { apartOf, LINE, PATCH, ROW, VECTOR, windows } from "./winogradTiles";

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
          a0 = plusProduct(a0, p0, wa);
          b0 = plusProduct(b0, p0, wb);
          const p1 = v128.load32_splat(from1);
          a1 = plusProduct(a1, p1, wa);
          b1 = plusProduct(b1, p1, wb);
          const p2 = v128.load32_splat(from2);
          a2 = plusProduct(a2, p2, wa);
          b2 = plusProduct(b2, p2, wb);
          const p3 = v128.load32_splat(from3);
          a3 = plusProduct(a3, p3, wa);
          b3 = plusProduct(b3, p3, wb);
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
