// One thing at a time that would give other programs another network, or other numbers, than the run's.

const kernels = "export/onnx/kernels.ts";
const layer = "export/onnx/layer.ts";
const stated = "models/stated.ts";
const model = (part) => ["test/onnx.test.ts", "-t", part];
const every = model("reference's embeddings");

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const exported = [
  [
    "the places of a kernel not turned with its channels",
    "export/onnx/value.ts",
    "(output * inputs + input) * places + place",
    "(output * inputs + input) * places + (places - 1 - place)",
    every,
  ],
  ["a scale folded into the bias alone", layer, "weight * at(slope.data, flat % channels)", "weight", every],
  ["a bias that a scale passes by", layer, "at(bias.data, channel) * at(slope.data, channel) +", "at(bias.data, channel) +", every],
  [
    "bottom and left padding exchanged",
    kernels,
    "[padding.top, padding.left, padding.bottom, padding.right]",
    "[padding.top, padding.bottom, padding.left, padding.right]",
    model("bn-inception"),
  ],
  ["padding left out of a mean", kernels, "count_include_pad: 1", "count_include_pad: 0", model("bn-inception")],
  ["branches one behind the other along the width", kernels, "[0, 2, 3, 1][axis]", "[0, 2, 1, 3][axis]", model("bn-inception")],
  [
    "one over nothing",
    "export/onnx/elementwise.ts",
    'node("Where", [node("Equal", [x, constant(0)]), constant(0), node("Reciprocal", [x])])',
    'node("Reciprocal", [x])',
    model("no length"),
  ],
  ["a batch of fixed length", "export/onnx/index.ts", '"batch", channels, height, width', "1, channels, height, width", model("compact")],
  ["sums across the batch taken for sums of a picture", kernels, "if (axes.includes(0))", "if (axes.includes(9))", model("other pictures")],
  [
    "blue first where red should be",
    "export/onnx/index.ts",
    'order === "rgb" ? centred',
    'order === "bgr" ? centred',
    model("takes bytes"),
  ],
  ["a mean that is taken away before the scale", "export/onnx/index.ts", "each / (deviation[channel] ?? 1)", "each", model("takes bytes")],
  [
    "what a model says of itself not heard",
    "cli/features.ts",
    "shownStatistics(stated)",
    "scales[look.scale]",
    model("mdr features makes"),
  ],
  [
    "a picture normalised twice",
    stated,
    'preprocess === "inside" ? { mean',
    'preprocess === "outside" ? { mean',
    model("mdr features makes"),
  ],
  [
    "groups of rows that are never written",
    "export/formats/parquet.ts",
    "numbers < heldNumbers",
    "numbers >= 0",
    ["test/export.test.ts", "-t", "groups of rows"],
  ],
  [
    "batches that are never ended",
    "export/formats/arrow.ts",
    "numbers >= heldNumbers",
    "numbers < 0",
    ["test/export.test.ts", "-t", "in batches"],
  ],
  [
    "rows behind the last batch forgotten",
    "export/formats/arrow.ts",
    "finish: () => {\n          batch();",
    "finish: () => {",
    ["test/export.test.ts", "-t", "in batches"],
  ],
  [
    "a name with a tab in it left as it is",
    "export/formats/tsv.ts",
    'text.replace(/[\\t\\r\\n]/g, " ")',
    "text",
    ["test/export.test.ts", "-t", "Embedding Projector"],
  ],
  [
    "paths left behind when vectors fail",
    "export/formats/tsv.ts",
    "paths.abandon();",
    "",
    ["test/export.test.ts", "-t", ".tsv: when a picture"],
  ],
  [
    "a record's checksum not masked",
    "export/events/index.ts",
    "data, fixed32(masked(crc32c(data)))",
    "data, fixed32(crc32c(data))",
    ["test/events.test.ts", "-t", "version first"],
  ],
  ["CRC-32 for CRC-32C", "export/events/crc32c.ts", "0x82f63b78", "0xedb88320", ["test/events.test.ts", "-t", "RFC 3720"]],
  [
    "evaluations that count as time",
    "export/events/moments.ts",
    'line.event === "step" && speed > 0',
    "speed >= 0",
    ["test/events.test.ts", "-t", "pictures of a step take"],
  ],
  [
    "numbers that JSON cannot hold left out",
    "export/events/moments.ts",
    'value === "Infinity" ||',
    "",
    ["test/events.test.ts", "-t", "names of what is no number"],
  ],
  [
    "an imported network that nobody held against its settings",
    "runs/imported.ts",
    "fitting(file, networkLayout(network), tensors)",
    "E.right(network)",
    ["test/beginning.test.ts", "-t", "refuses a folder"],
  ],
  ["an imported run with no lock given back", "runs/imported.ts", "release();", "", ["test/beginning.test.ts", "-t", "refuses a folder"]],
  ["a file named within a branch of the graph not seen", "models/outside.ts", '6: "graph"', '60: "graph"', model("wherever in it")],
  [
    "graphs within graphs followed without end",
    "models/outside.ts",
    "if (depth > deepest) return true",
    "if (depth > 1e9) return true",
    model("nests graphs"),
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
