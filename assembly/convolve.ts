/**
 * Convolution and matrix product as one register tile: 4 pixels (or rows) by 8 channels (or columns). On a padded NHWC
 * image the entries of one window row are contiguous, so a tile walks 4 pointers, one a pixel, through KH runs of
 * KW * Cin entries against a packed panel of weights. A matrix product has one run a row.
 */
import { bytes, integer, pointer } from "./command";
import { plusProduct } from "./product";

/** Stores a tile row of up to 8 channels. */
export function storeRow(at: usize, a: v128, b: v128, channels: i32): void {
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
