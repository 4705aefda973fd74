/** One file of the generated data set: drawn, encoded and written whole. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { writeWhole } from "../../files/index.js";
import { encodeJpeg } from "./jpegEncoder.js";
import { sceneAt } from "./scene.js";
import { speciesOf } from "./species.js";

/** Which data set is drawn. */
export interface DrawingSettings {
  readonly seed: number;
  /** Number of classes. */
  readonly classes: number;
  readonly imagesPerClass: number;
  /** Side of the pictures, in pixels. */
  readonly size: number;
}

export interface DrawingJob {
  readonly directory: string;
  readonly settings: DrawingSettings;
  readonly classNumber: number;
  readonly imageNumber: number;
}

/** JPEG bytes of image `imageNumber` of class `classNumber`, both from 0. */
export const drawImage = ({ seed, size }: DrawingSettings, classNumber: number, imageNumber: number): Uint8Array => {
  const { picture, quality } = sceneAt(seed, size, classNumber, imageNumber);
  return encodeJpeg(picture, quality);
};

/** Path of an image below the data set's folder. */
export const imagePath = (seed: number, classNumber: number, imageNumber: number): string =>
  `${speciesOf(seed, classNumber).name}/${String(imageNumber + 1).padStart(3, "0")}.jpg`;

/** Draws and writes one image: undefined, or what went wrong. */
export const drawFile = ({ directory, settings, classNumber, imageNumber }: DrawingJob): string | undefined => {
  const written = writeWhole(join(directory, imagePath(settings.seed, classNumber, imageNumber)), [
    drawImage(settings, classNumber, imageNumber),
  ]);
  return E.isLeft(written) ? written.left.message : undefined;
};
