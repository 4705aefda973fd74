// One choice at a time of how a picture becomes a network's input, against the bytes, boxes and numbers of torchvision on Pillow; and of
// how a file becomes a picture, within which limits.

/** In plain loops: a copy of the source has no built binary. */
const bytes = ["test/pictures.test.ts", "-t", "bytes of Pillow"];
const views = ["test/pictures.test.ts", "-t", "plain loops"];
const asItIs = ["test/pictures.test.ts", "-t", "as it is"];
const bands = ["test/pictures.test.ts", "-t", "in bands"];
const centre = ["test/pictures.test.ts", "-t", "centre crop"];
const boxes = ["test/pictures.test.ts", "-t", "RandomResizedCrop"];

const colours = ["test/decoding.test.ts", "-t", "colours of a JPEG"];
const turned = ["test/decoding.test.ts", "-t", "orientation"];
const stream = ["test/decoding.test.ts", "-t", "JPEG's stream"];
const kinds = ["test/jpegs.test.ts", "-t", "of every kind"];
const decoders = ["test/jpegs.test.ts", "-t", "two decoders"];
const types = ["test/pngs.test.ts", "-t", "a PNG of any type"];
const large = ["test/jpegs.test.ts", "-t", "a large JPEG"];
const chunks = ["test/decoding.test.ts", "-t", "PNG's chunks"];
const limits = ["test/limits.test.ts", "-t", "picture's limits"];
const shared = ["test/limits.test.ts", "-t", "threads share"];

const frame = "pictures/jpegFrame.ts";
const jpegFile = "pictures/jpegFile.ts";
const jpeg = "pictures/jpeg.ts";
const turbo = "pictures/turbo.ts";
const png = "pictures/png.ts";
const rows = "pictures/pngRows.ts";
const colours16 = "pictures/pngColours.ts";
const pngFile = "pictures/pngFile.ts";
const exif = "pictures/exif.ts";
const allowance = "workers/allowance.ts";
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
  ["mirrored upside down", batch, "rowLength * (top + y) + left", "rowLength * (top + (mirrored ? size - 1 - y : y)) + left", views],
  ["a crop of the wanted size taken from the corner", batch, "[stored, side, box] as const", "[stored, side, origin] as const", asItIs],
  [
    "bands of a picture one over the other",
    "pictures/vectorResample.ts",
    "middleAt + middlePitch * row, middlePitch",
    "middleAt, middlePitch",
    bands,
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
  ["Adobe's segment above JFIF's", frame, 'if (jfif) return "ycc";', "", colours],
  ["Adobe's 0 not RGB", frame, 'return adobe === 0 ? "rgb" : "ycc"', 'return "ycc"', colours],
  ["components named R, G, B taken for YCbCr", frame, '? "rgb" : "ycc";\n};', '? "ycc" : "ycc";\n};', colours],
  ["YCCK taken for CMYK", "pictures/jpegWriting.ts", "ycck: 2", "ycck: 0", colours],
  ["RGB taken for YCbCr", "pictures/jpegWriting.ts", "rgb: 0", "rgb: 1", kinds],
  ["the slow decoder alone", jpeg, "{ fast: usualTurbo(), ...how }", "{ fast: undefined, ...how }", kinds],
  ["shares of ink cut, not rounded", jpeg, "const product = a * b + 128;", "const product = a * b;", kinds],
  ["doubtful data taken for whole", turbo, "return status === 0 ?", "return status <= 0 ?", decoders],
  ["pixels left where the next picture comes", turbo, "keeps ? found.slice() : found", "found", decoders],
  ["an instance kept after an error", turbo, "      kept = undefined;\n", "      kept = instance;\n", decoders],
  ["a second opinion of any size", "pictures/limits.ts", "mostOpinionPixels = 8_000_000", "mostOpinionPixels = 8e12", decoders],
  ["memory of a second opinion not asked for", jpeg, "  more(opinionMemory(header));\n", "", decoders],
  ["a second opinion in memory that was not taken", "store/ready.ts", "    giveBack = take(needed);\n", "", shared],
  ["large pictures decoded whole", "pictures/reduction.ts", "width * height <= largePixels", "width * height <= 1e12", large],
  ["ordinary pictures decoded smaller", "pictures/reduction.ts", "width * height <= largePixels", "width * height <= 1", large],
  ["large pictures decoded too small", "pictures/limits.ts", "reducedSides = 3", "reducedSides = 2.9", large],
  [
    "a long orientation read as a short one",
    exif,
    "view.getUint32(at, littleEndian),\n  6",
    "view.getUint16(at, littleEndian),\n  6",
    turned,
  ],
  ["a PNG's orientation passed over", "pictures/png.ts", ", header.orientation)", ", 1)", turned],
  ["no standard Huffman tables", jpegFile, "= standardTables;", "= new Map();", stream],
  ["a file without an end taken for a whole one", jpegFile, "bits.some((left) => left !== 0)", "false", stream],
  [
    "stray bytes not passed over",
    jpegFile,
    "position = bytes.indexOf(0xff, position + 1);\n  }\n  return undefined;",
    "return undefined;\n  }\n  return undefined;",
    stream,
  ],
  [
    "a suggested palette taken for the picture's",
    pngFile,
    "if (colourType !== palettes || !before) continue;",
    "if (!before) continue;",
    chunks,
  ],
  ["picture data without its checksum", pngFile, "if (whole && !chunk.sound())", "if (whole && chunk.end === 0)", chunks],
  [
    "the filter Up taken for Average",
    rows,
    "row[at] = (row[at] as number) + (above[at] as number);",
    "row[at] = (row[at] as number) + ((above[at] as number) >> 1);",
    types,
  ],
  ["Paeth's ties to the row above", rows, "toLeft <= toAbove && toLeft <= toCorner", "toLeft < toAbove && toLeft <= toCorner", types],
  ["neighbours a byte away in 16 bits", rows, "Math.max(1, (header.channels * header.depth) >> 3)", "header.channels", types],
  ["a pass that begins below the one before", rows, "above.fill(0);", "", types],
  ["passes of no pixels kept", pngFile, ".filter((pass) => pass.width > 0 && pass.height > 0)", "", types],
  ["a row's filter unknown and passed over", rows, "    default:\n      return false;", "    default:\n      return true;", types],
  [
    "means of edges by whole squares",
    png,
    "const count = rows * Math.min(reduction, header.width - x * reduction);",
    "const count = reduction * reduction;",
    types,
  ],
  ["means cut, not rounded", png, "+ (count >> 1)) / count", ") / count", types],
  ["alpha over black", colours16, "Math.round(255 + (value - 255) * alpha)", "Math.round(value * alpha)", types],
  ["an unknown chunk that matters passed over", pngFile, "&& !isAncillary(name))", "&& name === bytes.toString())", chunks],
  ["no limit on pixels", "pictures/limits.ts", "if (width * height > maxPixels)", "if (width * height > 1e12)", limits],
  ["no limit on a side", "pictures/limits.ts", "> longestSide", "> 1e12", limits],
  ["no limit on scans", jpegFile, "scans.length === mostScans || visits > mostVisits * blocksOf(frame)", "scans.length === 1e6", limits],
  ["no least size of a JPEG's data", jpegFile, "data.length < leastBytes(", "data.length < 0 * leastBytes(", limits],
  ["no least size of a PNG's data", "pictures/pngRows.ts", "given * mostInflation < expected", "given * mostInflation < 0", limits],
  ["16 bits as cheap as 8", pngFile, "header.channels * header.depth) / 8 >", "header.channels * 8) / 8 >", limits],
  ["a file of any size read", "store/ready.ts", "if (large !== undefined) return bad(large);", "", limits],
  [
    "the setting of pixels ignored",
    "store/ready.ts",
    "openImage(bytes.right, path, readying.maxPixels, readying.side)",
    "openImage(bytes.right, path, 1, readying.side)",
    shared,
  ],
  ["memory not given back", "store/ready.ts", "  giveBack();\n", "", shared],
  ["memory of a dead thread lost", allowance, "reclaim: (thread) => {\n      give(state, thread);", "reclaim: (thread) => {", shared],
  ["an outgrown thread's memory free before it ends", allowance, "if (largest <= even) give(", "give(", shared],
  ["the last column never seen", augment, "* (width - w + 1)", "* (width - w)", boxes],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
