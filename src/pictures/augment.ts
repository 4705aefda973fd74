/**
 * What the network sees of a stored picture: in training a random resized crop and a random flip, in evaluation the centre crop.
 */
import { type Random, uniforms } from "../random/index.js";
import type { ChannelStatistics } from "../tensor/index.js";
import { type Box, halfToEven } from "./picture.js";

/** What a random crop may be. */
export interface RandomCrop {
  /** Smallest and largest share of the picture's area. */
  readonly area: readonly [number, number];
  /** Smallest and largest width over height. */
  readonly ratio: readonly [number, number];
}

/** Of the paper's training recipe. */
export const recipeCrop: RandomCrop = { area: [0.16, 1], ratio: [3 / 4, 4 / 3] };

/** How a network sees a stored picture. */
export interface Augmentation {
  /** Side of the square the network sees, in pixels. */
  readonly size: number;
  /** Random crop and flip; undefined for the centre crop of evaluation. */
  readonly random: { readonly crop: RandomCrop; readonly flip: boolean } | undefined;
  /** Of the network that sees the pictures. */
  readonly statistics: ChannelStatistics;
}

/** A random crop, mirrored half of the time, as training sees it. `minArea` is the smallest share of the picture that a crop keeps. */
export const trainingAugmentation = (size: number, statistics: ChannelStatistics, minArea: number = recipeCrop.area[0]): Augmentation => ({
  size,
  random: { crop: { ...recipeCrop, area: [minArea, 1] }, flip: true },
  statistics,
});

/** The centre, as evaluation sees it. */
export const evaluationAugmentation = (size: number, statistics: ChannelStatistics): Augmentation => ({
  size,
  random: undefined,
  statistics,
});

/** Side to store for a network input of `size`: the recipe stores 256 for 224. */
export const storedSide = (size: number): number => Math.round((size * 256) / 224);

const attempts = 10;

/** The picture's largest centred box within the limits on its ratio: what is left when no attempt fits. */
const fallbackBox = (width: number, height: number, [narrowest, widest]: readonly [number, number]): Box => {
  const ratio = width / height;
  const w = ratio > widest ? halfToEven(height * widest) : width;
  const h = ratio < narrowest ? halfToEven(width / narrowest) : height;
  return { left: Math.floor((width - w) / 2), top: Math.floor((height - h) / 2), width: w, height: h };
};

/** How many numbers decide a box: an area and a ratio for each attempt, then the place from the left and from the top. */
const boxDraws = 2 * attempts + 2;

/**
 * The box of torchvision's RandomResizedCrop: area uniform, ratio log-uniform, ten attempts, then the centre. Always within a
 * picture of `width` x `height`. `draws` are 22 numbers in [0, 1): (area, ratio) of each attempt, left, top.
 */
export const cropBox = (width: number, height: number, crop: RandomCrop, draws: ArrayLike<number>): Box => {
  const [logNarrowest, logWidest] = [Math.log(crop.ratio[0]), Math.log(crop.ratio[1])];
  for (let attempt = 0; attempt < attempts; attempt++) {
    const area = width * height * (crop.area[0] + (crop.area[1] - crop.area[0]) * (draws[2 * attempt] as number));
    const ratio = Math.exp(logNarrowest + (logWidest - logNarrowest) * (draws[2 * attempt + 1] as number));
    const [w, h] = [halfToEven(Math.sqrt(area * ratio)), halfToEven(Math.sqrt(area / ratio))];
    if (w > 0 && w <= width && h > 0 && h <= height) {
      const left = Math.floor((draws[2 * attempts] as number) * (width - w + 1));
      const top = Math.floor((draws[2 * attempts + 1] as number) * (height - h + 1));
      return { left, top, width: w, height: h };
    }
  }
  return fallbackBox(width, height, crop.ratio);
};

/** `cropBox` with numbers of its own. */
export const randomCropBox = (width: number, height: number, crop: RandomCrop, random: Random): readonly [Box, Random] => {
  const [draws, next] = uniforms(boxDraws, random);
  return [cropBox(width, height, crop, draws), next];
};
