// One choice at a time of how a picture becomes a network's input, against the bytes, boxes and numbers of torchvision on Pillow.

/** In plain loops: a copy of the source has no built binary. */
const bytes = ["test/pictures.test.ts", "-t", "bytes of Pillow"];
const views = ["test/pictures.test.ts", "-t", "plain loops"];
const centre = ["test/pictures.test.ts", "-t", "centre crop"];
const boxes = ["test/pictures.test.ts", "-t", "RandomResizedCrop"];

const augment = "pictures/augment.ts";
const batch = "pictures/batch.ts";
const resize = "pictures/resize.ts";

/** [what is broken, file under src, its text, what replaces it, the test that should notice] */
export const pictures = [
  ["training crops by the triangle filter", batch, '"lanczos"', '"triangle"', views],
  ["no clamp between the passes", resize, "const middle = new Uint8ClampedArray(", "const middle = new Uint16Array(", views],
  ["no clamp after the passes", resize, "const pixels = new Uint8ClampedArray(", "const pixels = new Uint8Array(", bytes],
  ["bytes cut, not rounded", resize, "const half = one / 2;", "const half = 0;", bytes],
  ["a filter that does not widen where pictures shrink", resize, "Math.max(1, scale)", "1", bytes],
  [
    "Lanczos of two lobes",
    resize,
    "support: 3, value: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3)",
    "support: 2, value: (x) => (Math.abs(x) < 2 ? sinc(x) * sinc(x / 2)",
    bytes,
  ],
  ["weights that do not add up to one", resize, "(weight / sum) * one", "weight * one", bytes],
  ["the crop's left for its top", resize, "(box.top + row) * rowLength + box.left", "(box.left + row) * rowLength + box.top", views],
  [
    "mirrored before the crop",
    batch,
    "resampled(stored, side, box,",
    "resampled(stored, side, mirrored ? { ...box, left: side - box.left - box.width } : box,",
    views,
  ],
  [
    "mirrored upside down",
    batch,
    "3 * (mirrored ? size * (y + 1) - 1 : size * y)",
    "3 * (mirrored ? size * (size - y) - 1 : size * y)",
    views,
  ],
  ["colours not divided by their deviation", batch, ") / (deviation[channel] as number)", ")", views],
  ["the mean of another colour", batch, "(mean[channel] as number)", "(mean[2 - channel] as number)", views],
  ["a half pixel of the centre rounded up", "pictures/picture.ts", "left: halfToEven(", "left: Math.round(", centre],
  [
    "ratios even, not log-uniform",
    augment,
    "Math.exp(logNarrowest + (logWidest - logNarrowest) * (draws[2 * attempt + 1] as number))",
    "crop.ratio[0] + (crop.ratio[1] - crop.ratio[0]) * (draws[2 * attempt + 1] as number)",
    boxes,
  ],
  [
    "width for height",
    augment,
    "halfToEven(Math.sqrt(area * ratio)), halfToEven(Math.sqrt(area / ratio))",
    "halfToEven(Math.sqrt(area / ratio)), halfToEven(Math.sqrt(area * ratio))",
    boxes,
  ],
  ["one attempt at a box", augment, "const attempts = 10;", "const attempts = 1;", boxes],
  ["what is left when no box fits is the whole picture", augment, "ratio > widest ? halfToEven(height * widest) : width", "width", boxes],
  ["the last column never seen", augment, "* (width - w + 1)", "* (width - w)", boxes],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
