/** A PNG's samples to 8-bit RGB, a row at a time, transparency over white. */
import type { PngHeader } from "./pngFile.js";

/** So many pixels of a row's samples, three bytes each into `into` from its start on. */
export type ToRgb = (samples: Uint8Array, count: number, into: Uint8Array) => void;

const overWhite = (value: number, alpha: number): number => Math.round(255 + (value - 255) * alpha);

/** One sample of a row, of any depth, as stored. */
const sampleOf = (depth: number): ((samples: Uint8Array, position: number) => number) => {
  if (depth === 8) return (samples, position) => samples[position] as number;
  if (depth === 16) return (samples, position) => ((samples[2 * position] as number) << 8) | (samples[2 * position + 1] as number);
  const mask = (1 << depth) - 1;
  return (samples, position) => {
    const bit = position * depth;
    return ((samples[bit >> 3] as number) >> (8 - depth - (bit & 7))) & mask;
  };
};

/** The samples that are transparent, as 16-bit words; undefined where none are. */
const clearOf = ({ transparency }: PngHeader, colours: number): readonly number[] | undefined =>
  transparency && Array.from({ length: colours }, (_, k) => ((transparency[2 * k] ?? 0) << 8) | (transparency[2 * k + 1] ?? 0));

/** RGB of each index of a palette; an index without a colour is black. */
const laidPalette = (palette: Uint8Array, alphas: Uint8Array | undefined): Uint8Array =>
  Uint8Array.from({ length: 768 }, (_, index) => overWhite(palette[index] ?? 0, (alphas?.[Math.floor(index / 3)] ?? 255) / 255));

/** RGB of each grey. */
const laidGrey = (header: PngHeader): Uint8Array => {
  const [clear] = clearOf(header, 1) ?? [];
  const scale = 255 / (2 ** header.depth - 1);
  return Uint8Array.from({ length: 768 }, (_, index) => {
    const value = Math.floor(index / 3);
    return overWhite(value * scale, value === clear ? 0 : 1);
  });
};

/** One sample a pixel, of 8 bits or less: each has its colour. */
const fromTable = (depth: number, colours: Uint8Array): ToRgb => {
  const sample = sampleOf(depth);
  return (samples, count, into) => {
    for (let x = 0, to = 0; x < count; x++, to += 3) {
      const from = 3 * sample(samples, x);
      into[to] = colours[from] as number;
      into[to + 1] = colours[from + 1] as number;
      into[to + 2] = colours[from + 2] as number;
    }
  };
};

/** 8-bit RGB and alpha: alpha is 255 nearly everywhere. */
const fromRgba: ToRgb = (samples, count, into) => {
  for (let from = 0, to = 0; to < 3 * count; from += 4, to += 3) {
    const alpha = samples[from + 3] as number;
    for (let channel = 0; channel < 3; channel++)
      into[to + channel] = alpha === 255 ? (samples[from + channel] as number) : overWhite(samples[from + channel] as number, alpha / 255);
  }
};

/** Every other type: 16 bits, grey and alpha, one colour that is transparent. */
const fromSamples = (header: PngHeader): ToRgb => {
  const { depth, channels } = header;
  const sample = sampleOf(depth);
  const scale = 255 / (2 ** depth - 1);
  const colours = channels <= 2 ? 1 : 3;
  const clear = clearOf(header, colours);
  return (samples, count, into) => {
    for (let x = 0, to = 0; x < count; x++) {
      const first = x * channels;
      const red = sample(samples, first);
      const [green, blue] = colours === 1 ? [red, red] : [sample(samples, first + 1), sample(samples, first + 2)];
      const keyed = clear !== undefined && red === clear[0] && (colours === 1 || (green === clear[1] && blue === clear[2]));
      const alpha = channels % 2 === 0 ? (sample(samples, first + colours) * scale) / 255 : keyed ? 0 : 1;
      into[to++] = overWhite(red * scale, alpha);
      into[to++] = overWhite(green * scale, alpha);
      into[to++] = overWhite(blue * scale, alpha);
    }
  };
};

const asTheyAre: ToRgb = (samples, count, into) => into.set(samples.subarray(0, 3 * count));

/** The way for a picture's type. */
export const toRgb = (header: PngHeader): ToRgb => {
  const { depth, channels, palette, transparency } = header;
  if (palette !== undefined) return fromTable(depth, laidPalette(palette, transparency));
  if (channels === 1 && depth <= 8) return fromTable(depth, laidGrey(header));
  if (depth === 8 && channels === 3 && transparency === undefined) return asTheyAre;
  return depth === 8 && channels === 4 ? fromRgba : fromSamples(header);
};
