// One thing at a time that would give a head the wrong vectors, or the right ones under the wrong names.

const vectors = "store/vectors.ts";
const model = "models/model.ts";
const npy = "arrays/npy.ts";
const asked = (part) => ["test/vectors.test.ts", "-t", part];
const read = (part) => ["test/arrays.test.ts", "-t", part];
const looked = (part) => ["test/models.test.ts", "-t", part];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const vectorMutants = [
  [
    "tiny halves without their exponent",
    "weights/numberTypes.ts",
    "fraction * 2 ** -24",
    "fraction * 2 ** -25",
    read("is read as NumPy wrote it"),
  ],
  ["every number little-endian", npy, 'descr[0] !== ">"', "true", read("is read as NumPy wrote it")],
  [
    "columns read as rows",
    npy,
    "fortran ? column * rows + row : row",
    "false ? column * rows + row : row",
    read("is read as NumPy wrote it"),
  ],
  ["the header counted without its first ten bytes", npy, "/ 64) * 64 - 10", "/ 64) * 64", read("begins with a header of whole 64 bytes")],
  ["a doubled quote kept", "files/csv.ts", ".replaceAll('\"\"', '\"'), end: end", ", end: end", read("are read back as they were written")],
  [
    "vectors in the order of classes",
    vectors,
    "rowOf: (path) => rows.get(path),",
    "rowOf: (path) => items.findIndex((one) => one.path === path),".replace("items", "division.items"),
    asked("vectors as they were given"),
  ],
  [
    "embedded under numbers though a table has names",
    "cli/embed.ts",
    'typeof flags.labels === "string" ? flags.labels : undefined',
    "undefined",
    asked("calls embedded vectors by a table"),
  ],
  [
    "every step the first",
    vectors,
    'split(split(random, step), "batch")',
    'split(split(random, first), "batch")',
    asked("goes on to the bits"),
  ],
  ["the parts of the table passed over", vectors, "items.length > 0 ?", "items.length < 0 ?", asked("takes the parts")],
  ["vectors of any length", vectors, "featureWidth !== undefined && featureWidth !== columns", "false", asked("vectors of another length")],
  [
    "what is no number trained on",
    vectors,
    "call(vector, Number.isFinite)",
    "call(vector, () => true)",
    asked("leaves out what is no number"),
  ],
  [
    "a vector's hash of its length",
    vectors,
    "Float64Array.from(rowOf(matrix, row)).buffer",
    "Float64Array.from(rowOf(matrix, 1)).buffer",
    asked("goes on to the bits"),
  ],
  [
    "a grid that looks at pictures for vectors",
    "store/origin.ts",
    '{ features: "", labels: "", ...settings }',
    '{ ...settings, features: "", labels: "" }',
    asked("is what a grid trains on"),
  ],
  [
    "a hidden layer left out",
    "nn/backbones/heads.ts",
    '["hidden", linear(featureWidth, hidden)],',
    '["hidden", linear(featureWidth, featureWidth)],',
    asked("has two layers"),
  ],
  ["blue seen last all the same", model, 'channels === "bgr" ? 2 - channel : channel', "channel", looked("sees blue first")],
  [
    "colours left among the places",
    model,
    "colourFirst ? (image * 3 + channel) * places + place",
    "false ? (image * 3 + channel) * places + place",
    looked("makes PyTorch's vectors"),
  ],
  ["a fixed batch not filled", model, "const total = batch ?? count;", "const total = count;", looked("of a fixed batch is fed")],
  ["maps summed", model, "= sum / places", "= sum", looked("makes PyTorch's vectors")],
  [
    "the last place for the first token",
    model,
    "place * width + column)]",
    "(second - 1 - place) * width + column)]",
    looked("makes PyTorch's vectors"),
  ],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
