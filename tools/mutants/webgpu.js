// The WebGPU engine's tile, its arrays and its faults, broken one at a time; each is asked of a page on whatever WebGPU there is.

const asked = (part) => ["test/browser/webgpu.test.ts", "-t", part];
const products = asked("device products");
const folded = asked("folded products");
const convolutions = asked("folded convolutions");

const tile = "engines/webgpu/tile.ts";
const kernels = "engines/webgpu/kernels.ts";
const engine = "engines/webgpu/engine.ts";
const arrays = "engines/webgpu/arrays.ts";
const device = "engines/webgpu/device.ts";

const broken = [
  ["terms beyond the last fetched", tile, "row >= sizes.rows || k >= sizes.terms", "row >= sizes.rows", asked("reaches the row")],
  ["columns beyond the last stored", tile, "if (column + ${j}u < sizes.columns) ", "", products],
  ["no waiting for what is fetched", tile, "    workgroupBarrier();\n    for", "    for", products],
  ["no waiting before the next step", tile, "    }\n    workgroupBarrier();\n", "    }\n", products],
  ["a step short", tile, "start += ${depth}u", "start += ${depth + 1}u", products],
  ["folded rows of tiles made twice", tile, "group.z * sizes.fold", "group.z", folded],
  ["one row of tiles too few", tile, "Math.ceil(bands / fold)", "Math.floor(bands / fold)", folded],
  ["a transposed factor walked as it lies", kernels, "transposed.b === true ? [1, terms]", "transposed.b === true ? [terms, 1]", products],
  ["strides exchanged", kernels, "pixel % sizes.outHeight * sizes.strideY", "pixel % sizes.outHeight * sizes.strideX", convolutions],
  ["pixels beyond the border", kernels, "x < 0 || x >=", "x >=", convolutions],
  [
    "results written over by the next run",
    engine,
    "isOutput.has(shapes.length + place)",
    "isOutput.has(place)",
    asked("stay on the device"),
  ],
  ["programs that run on when closed", engine, "if (state.closed) return E.left", "if (false) return E.left", asked("as a value")],
  ["a result freed with another that holds it", arrays, "      state.holders += 1;\n", "", asked("released by itself")],
  ["released tensors taken", arrays, "state.released ? E.left(released) : found()", "found()", asked("as a value")],
  ["arrays of any size", arrays, "if (bytesOf(shape) <= mostBytes) return null;", "if (mostBytes > 0) return null;", asked("as a value")],
  [
    "a lost device not noticed",
    device,
    "state.broken ??= faultOf(`the device",
    "state.broken = null; faultOf(`the device",
    asked("a lost device"),
  ],
];

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const webgpu = broken.map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
