// One thing at a time that would give wrong weights, or another network than the one they were made for.

const reader = "weights/pytorch/tensors.ts";
const allowed = "weights/pytorch/allowed.ts";
const adopt = "nn/backbones/adopt.ts";
const inception = "nn/backbones/bnInception.ts";
const files = ["test/pytorch.test.ts"];
const beginning = (part) => ["test/beginning.test.ts", "-t", part];
const golden = (formula) => ["test/golden.test.ts", "-t", `${formula} agrees`];
const whole = ["test/networks.test.ts", "-t", "the reference agrees"];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const networks = [
  [
    "a name that is not allowed taken for a dictionary",
    allowed,
    ")(functions.get(",
    ')(functions.get("collections.OrderedDict") ?? functions.get(',
    files,
  ],
  ["strides ignored", reader, "if (packed(shape, strides)) return", "if (packed(shape, strides) || true) return", files],
  ["a tensor's offset ignored", reader, "storage.start + offset", "storage.start", files],
  ["the start of a view of a storage ignored", reader, "storage.start + offset", "offset", files],
  ["a storage shorter than it says read all the same", reader, "if (needed > bytes.right.length)", "if (needed < 0)", files],
  ["numbers without end out of one storage", reader, "if (total > most)", "if (total < 0)", files],
  ["a tensor beyond its storage", allowed, "last >= storage.count", "last > storage.count", files],
  ["a storage shown many times over", allowed, "if (sizeOf(shape) > storage.count)", "if (sizeOf(shape) < 0)", files],
  ["half floats below the normal ones", "weights/numberTypes.ts", "sign * fraction * 2 ** -24", "sign * fraction * 2 ** -25", files],
  ["brain floats from the lower half", "weights/numberTypes.ts", "bits << 16", "bits << 8", files],
  [
    "big-endian numbers taken in the legacy format",
    "weights/pytorch/index.ts",
    'get("little_endian") === false',
    'get("little_endian") === null',
    files,
  ],
  ["big-endian numbers taken in a zip archive", "weights/pytorch/index.ts", '.trim() !== "little"', '.trim() === "middle"', files],
  ["a TorchScript program taken for weights", "weights/pytorch/index.ts", "constants.pkl`)", "other.pkl`)", files],
  ["the deepest of nested dictionaries not bounded", reader, "path.length > deepest", "path.length > 1e9", files],
  ["weights where fewest of their names are", adopt, "b.count - a.count", "a.count - b.count", beginning("under any prefix")],
  ["one of two last layers taken", adopt, "alike.length === 1 ?", "alike.length >= 1 ?", beginning("two that might be it")],
  [
    "first values over the file's",
    "runs/beginning.ts",
    "{ ...carried, ...tensors }",
    "{ ...tensors, ...carried }",
    beginning("train begins"),
  ],
  [
    "the untrained network begins without its file",
    "runs/beginning.ts",
    "E.chain((carried) => over(settings, carried)),\n    E.map(({ carried }) => carried),",
    "E.chain((carried) => over({ ...settings, weights: undefined }, carried)),\n    E.map(({ carried }) => carried),",
    beginning("train begins"),
  ],
  ["a random last layer judged", "cli/taken.ts", "withoutHead === undefined", "withoutHead !== null", beginning("eval of another length")],
  [
    "rounding up: a window that begins outside is kept",
    "engines/geometry.ts",
    "(windows - 1) * stride >= input + before ? windows - 1 : windows",
    "windows",
    golden("maxPool"),
  ],
  [
    "rounding up: down",
    "engines/geometry.ts",
    "Math.ceil((padded - window) / stride)",
    "Math.floor((padded - window) / stride)",
    golden("maxPool"),
  ],
  ["branches: each pulls the first channels", "nn/parallel.ts", "k.slice(dy, from, to)", "k.slice(dy, 0, to - from)", golden("parallel")],
  [
    "branches: the first one's gradient alone",
    "nn/parallel.ts",
    ".reduce(algebra(k).add)",
    ".reduce((first) => first)",
    golden("parallel"),
  ],
  ["channels put over each other", "engines/reference/channels.ts", "begin += own;", "begin += 0;", golden("parallel")],
  ["bottleneck: the stride lost", "nn/residual.ts", "square3(within, within, stride)", "square3(within, within, 1)", golden("bottleneck")],
  ["BN-Inception: the last block pools by the mean", inception, 'pool: ["max", 128]', 'pool: ["average", 128]', whole],
  ["BN-Inception: sides rounded down", inception, '...square(2, 0) }, "up")', '...square(2, 0) }, "down")', whole],
  ["BN-Inception sees red first", "pictures/batch.ts", "bgr: [2, 1, 0]", "bgr: [0, 1, 2]", ["test/backbones.test.ts", "-t", "blue first"]],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
