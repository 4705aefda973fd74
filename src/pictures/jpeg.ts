/**
 * JPEG: what the headers say, whether the file is whole, and its pixels (decoded by jpeg-js).
 * The decoder fills what is missing from a cut file with grey, silently; so the file is walked first, segment by segment to its end.
 */
import * as E from "fp-ts/lib/Either.js";
import jpeg from "jpeg-js";
import { reasonOf } from "../faults/index.js";
import { type Picture, upright } from "./picture.js";

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** EXIF orientation, 1 to 8; 1 where the file does not say. */
  readonly orientation: number;
  /** What is wrong with the file behind the frame header, if anything is. */
  readonly damage: string | undefined;
}

const endOfImage = 0xd9;
const startOfScan = 0xda;
const restartInterval = 0xdd;
const exifSegment = 0xe1;

const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
const isDecodableFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xc2;

/** The orientation tag 0x0112 of an APP1 payload ("Exif\0\0" and a TIFF directory), 1 where there is none. */
export const exifOrientation = (payload: Uint8Array): number => {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (payload.length < 14 || view.getUint32(0) !== 0x45786966) return 1;
  const tiff = 6;
  const littleEndian = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, littleEndian);
  if (directory + 2 > payload.length) return 1;
  const entries = view.getUint16(directory, littleEndian);
  for (let entry = 0; entry < entries; entry++) {
    const position = directory + 2 + 12 * entry;
    if (position + 12 > payload.length) return 1;
    if (view.getUint16(position, littleEndian) === 0x0112) {
      const orientation = view.getUint16(position + 8, littleEndian);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  }
  return 1;
};

interface Frame {
  readonly width: number;
  readonly height: number;
  /** Sampling factors by component id: [horizontal, vertical]. */
  readonly sampling: ReadonlyMap<number, readonly [number, number]>;
}

/** Minimum coded units of a scan over the named components: what its restart markers count. */
const unitsOf = (frame: Frame, ids: readonly number[]): number => {
  const factors = [...frame.sampling.values()];
  const [maxH, maxV] = [Math.max(...factors.map(([h]) => h)), Math.max(...factors.map(([, v]) => v))];
  const [h, v] = ids.length === 1 ? (frame.sampling.get(ids[0] ?? -1) ?? [maxH, maxV]) : [1, 1];
  return ids.length === 1
    ? Math.ceil((Math.ceil(frame.width / 8) * h) / maxH) * Math.ceil((Math.ceil(frame.height / 8) * v) / maxV)
    : Math.ceil(frame.width / (8 * maxH)) * Math.ceil(frame.height / (8 * maxV));
};

/** Walks the file from segment to segment. Left: why it cannot be decoded at all; a cut or damaged tail is in `damage`. */
export const readJpegHeader = (bytes: Uint8Array): E.Either<string, JpegHeader> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 2;
  let frame: Frame | undefined;
  let orientation = 1;
  let interval = 0;
  let scans = 0;
  const ended = (damage: string | undefined): E.Either<string, JpegHeader> =>
    frame === undefined
      ? E.left(damage ?? "it has no frame header")
      : E.right({ width: frame.width, height: frame.height, components: frame.sampling.size, orientation, damage });
  const cut = `the file is cut short (it ends after ${bytes.length} bytes without the end-of-image marker)`;
  while (true) {
    if (offset + 2 > bytes.length) return ended(cut);
    if (bytes[offset] !== 0xff) return ended(`it is damaged at byte ${offset} (a marker was expected)`);
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    if (marker === endOfImage) return ended(scans === 0 ? "it holds no picture data" : undefined);
    if (standsAlone(marker)) {
      offset += 2;
      continue;
    }
    if (offset + 4 > bytes.length) return ended(cut);
    const start = offset + 4;
    const end = offset + 2 + view.getUint16(offset + 2);
    if (end > bytes.length) return ended(cut);
    if (end < start) return ended(`it is damaged at byte ${offset} (a segment without length)`);
    const payload = bytes.subarray(start, end);
    if (marker === exifSegment && orientation === 1) orientation = exifOrientation(payload);
    if (isFrame(marker)) {
      if (!isDecodableFrame(marker))
        return E.left("it is an arithmetic-coded or lossless JPEG, which the decoder does not read: save it as a baseline JPEG");
      if (payload.length < 6 || payload.length < 6 + 3 * view.getUint8(start + 5)) return ended("its frame header is damaged");
      const components = view.getUint8(start + 5);
      if (view.getUint8(start) !== 8) return E.left(`it has ${view.getUint8(start)} bits a sample; 8 are supported`);
      if (![1, 3, 4].includes(components)) return E.left(`it has ${components} colour components; 1, 3 or 4 are supported`);
      const sampling = new Map<number, readonly [number, number]>();
      for (let component = 0; component < components; component++) {
        const factors = view.getUint8(start + 7 + 3 * component);
        const [h, v] = [factors >> 4, factors & 15] as const;
        if (h < 1 || h > 4 || v < 1 || v > 4) return E.left("its frame header is damaged (sampling factors are 1 to 4)");
        sampling.set(view.getUint8(start + 6 + 3 * component), [h, v]);
      }
      frame = { width: view.getUint16(start + 3), height: view.getUint16(start + 1), sampling };
      if (frame.width === 0 || frame.height === 0) return E.left("its frame header gives no width or no height");
    }
    if (marker === restartInterval && payload.length >= 2) interval = view.getUint16(start);
    offset = end;
    if (marker === startOfScan) {
      if (frame === undefined) return ended("it is damaged (picture data before the frame header)");
      const ids = Array.from({ length: payload[0] ?? 0 }, (_, component) => payload[1 + 2 * component] ?? -1);
      const scanned = skipScan(bytes, offset);
      if (scanned === undefined) return ended(cut);
      const expected = interval === 0 ? 0 : Math.ceil(unitsOf(frame, ids) / interval) - 1;
      if (interval > 0 && scanned.restarts < expected)
        return ended(`part of its picture data is missing (${scanned.restarts} of ${expected} restart markers found)`);
      scans += 1;
      offset = scanned.end;
    }
  }
};

/** Position of the first marker behind entropy-coded data and how many restart markers lie within; undefined when the data never ends. */
const skipScan = (bytes: Uint8Array, start: number): { readonly end: number; readonly restarts: number } | undefined => {
  let restarts = 0;
  let position = bytes.indexOf(0xff, start);
  while (position >= 0 && position + 1 < bytes.length) {
    const next = bytes[position + 1] ?? 0;
    if (next >= 0xd0 && next <= 0xd7) restarts += 1;
    else if (next !== 0x00 && next !== 0xff) return { end: position, restarts };
    position = bytes.indexOf(0xff, position + (next === 0xff ? 1 : 2));
  }
  return undefined;
};

/** Pixels of a whole JPEG, turned upright. The memory ceiling is the decoder's own, in megabytes, beside our limit on pixels. */
export const decodeJpeg = (bytes: Uint8Array, header: JpegHeader): E.Either<string, Picture> => {
  if (header.damage !== undefined) return E.left(header.damage);
  return E.map((decoded: { width: number; height: number; data: Uint8Array }) => {
    const pixels = new Uint8Array(decoded.width * decoded.height * 3);
    for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
      pixels[to] = decoded.data[from] as number;
      pixels[to + 1] = decoded.data[from + 1] as number;
      pixels[to + 2] = decoded.data[from + 2] as number;
    }
    return upright({ width: decoded.width, height: decoded.height, pixels }, header.orientation);
  })(
    E.tryCatch(
      () => jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: 1e4, maxMemoryUsageInMB: 4096 }),
      (thrown) => `it is damaged (${reasonOf(thrown)})`,
    ),
  );
};
