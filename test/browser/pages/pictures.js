import { bitmapPicture } from "mdr-ts";

/**
 * What the browser's decoder makes of a file's bytes: a picture, or the fault's words.
 * @param {readonly number[]} bytes
 * @param {number | null} maxPixels not given: null
 */
export const decoded = async (bytes, maxPixels) => {
  const picture = await bitmapPicture(new Blob([Uint8Array.from(bytes)]), "a.jpg", maxPixels ?? undefined)();
  return picture._tag === "Right"
    ? { width: picture.right.width, height: picture.right.height, pixels: [...picture.right.pixels] }
    : picture.left.message;
};
