/**
 * The search for the register tile: every shape (pixels by vectors of 4 channels) and unrolling of the inner loop is
 * generated, compiled and timed on the same 3x3 convolution row, in shuffled order, several times over.
 * `node dist/bench/tiles.js` after a build.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { seeded, shuffled } from "#mdr/random/index.js";
import { median } from "./measure.js";

interface Shape {
  readonly pixels: number;
  readonly vectors: number;
  readonly unroll: number;
}

const ROUNDS = 15;
/** Entries of a window (3 x 3 of 32 channels), pixels of a row, bytes from one pixel to the next. */
const WINDOW = 288;
const PIXELS = 120;
const PIXEL_BYTES = 128;
const SOURCE = 65536;
const WEIGHTS = SOURCE + PIXELS * PIXEL_BYTES + 4 * WINDOW + 4096;
const TARGET = WEIGHTS + 16 * 8 * WINDOW;

const each = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

const kernel = ({ pixels, vectors, unroll }: Shape): string => `
export function row(repeats: i32): void {
  for (let repeat = 0; repeat < repeats; repeat++) {
    let target: usize = ${TARGET};
    for (let pixel = 0; pixel < ${PIXELS}; pixel += ${pixels}) {
      ${each(pixels, (p) => `let from${p}: usize = ${SOURCE} + <usize>(pixel + ${p}) * ${PIXEL_BYTES};`)}
      ${each(pixels, (p) => each(vectors, (v) => `let sum${p}_${v} = f32x4.splat(0);`))}
      let w: usize = ${WEIGHTS};
      const end: usize = ${WEIGHTS + 16 * vectors * WINDOW};
      while (w < end) {
        ${each(
          unroll,
          (u) => `
        ${each(vectors, (v) => `const w${u}_${v} = v128.load(w, ${16 * (u * vectors + v)});`)}
        ${each(
          pixels,
          (p) => `const p${u}_${p} = v128.load32_splat(from${p}, ${4 * u});
        ${each(vectors, (v) => `sum${p}_${v} = f32x4.add(sum${p}_${v}, f32x4.mul(p${u}_${p}, w${u}_${v}));`)}`,
        )}`,
        )}
        w += ${16 * vectors * unroll};
        ${each(pixels, (p) => `from${p} += ${4 * unroll};`)}
      }
      ${each(pixels, (p) => each(vectors, (v) => `v128.store(target, sum${p}_${v}, ${16 * (p * vectors + v)});`))}
      target += ${16 * pixels * vectors};
    }
  }
}
`;

const shapes: readonly Shape[] = [
  [2, 2],
  [2, 3],
  [2, 4],
  [3, 2],
  [3, 3],
  [3, 4],
  [4, 1],
  [4, 2],
  [4, 3],
  [5, 2],
  [6, 1],
  [6, 2],
  [8, 1],
].flatMap(([pixels = 1, vectors = 1]) => [1, 2, 4].map((unroll) => ({ pixels, vectors, unroll })));

const nameOf = ({ pixels, vectors, unroll }: Shape): string => `${pixels} x ${4 * vectors}, unrolled ${unroll}`;

const folder = mkdtempSync(join(tmpdir(), "tiles-"));
const manifest = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const compiler = join(dirname(manifest), "bin", "asc.js");

const compiled = await Promise.all(
  shapes.map(async (shape) => {
    const source = join(folder, "tile.ts");
    const binary = join(folder, "tile.wasm");
    writeFileSync(source, kernel(shape));
    const flags = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--initialMemory", "16"];
    const done = spawnSync(process.execPath, [compiler, source, "-o", binary, ...flags], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`${nameOf(shape)}: ${done.stderr}`);
    const { instance } = await WebAssembly.instantiate(readFileSync(binary), {});
    return { shape, row: instance.exports.row as (repeats: number) => void, speeds: [] as number[] };
  }),
);
rmSync(folder, { recursive: true });

for (let round = 0; round < ROUNDS; round++) {
  for (const index of shuffled([...compiled.keys()], seeded(round))[0]) {
    const candidate = compiled[index];
    if (candidate === undefined) continue;
    const { shape, row, speeds } = candidate;
    const repeats = 40;
    const start = performance.now();
    row(repeats);
    const flops = repeats * Math.ceil(PIXELS / shape.pixels) * shape.pixels * shape.vectors * 8 * WINDOW;
    speeds.push(flops / (performance.now() - start) / 1e6);
  }
  await new Promise((resolve) => setTimeout(resolve, 1));
}

const ranked = compiled.toSorted((a, b) => median(b.speeds) - median(a.speeds));
for (const { shape, speeds } of ranked) {
  process.stdout.write(`${nameOf(shape).padEnd(22)} ${median(speeds).toFixed(1)} GFLOP/s, best ${Math.max(...speeds).toFixed(1)}\n`);
}
