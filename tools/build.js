// `npm run build`: TypeScript to dist/, benchmarks to dist/bench/, AssemblyScript kernels to dist/engines/wasm/:
// kernels.wasm for threads over shared memory, kernels-unshared.wasm for pages that get none; dist/pictures/resample.wasm and
// dist/evaluate/ranks.wasm. The command line and the programs of worker threads are then bundled in their places.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

const run = (label, script, args) => {
  const done = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (done.status !== 0) {
    process.stderr.write(`build: ${label} failed\n`);
    process.exit(done.status ?? 1);
  }
};

const binOf = (name, bin) => {
  const manifest = require.resolve(`${name}/package.json`);
  return join(dirname(manifest), require(manifest).bin[bin]);
};

run("tsc", binOf("typescript", "tsc"), ["-p", "tsconfig.json"]);
run("tsc of bench", binOf("typescript", "tsc"), ["-p", "bench/tsconfig.json"]);

const kernels = (label, source, outFile, memory) =>
  run(label, binOf("assemblyscript", "asc"), [
    source,
    "--outFile",
    outFile,
    "-O3",
    "--noAssert",
    "--runtime",
    "stub",
    "--importMemory",
    "--initialMemory",
    "2",
    // 112: vectors passed between files never leave the module.
    "--disableWarning",
    "112",
    ...memory,
  ]);

if (existsSync(join(root, "assembly", "index.ts"))) {
  mkdirSync(join(root, "dist", "engines", "wasm"), { recursive: true });
  const threads = ["--sharedMemory", "--maximumMemory", "65536", "--enable", "simd,threads"];
  kernels("asc", "assembly/index.ts", "dist/engines/wasm/kernels.wasm", threads);
  kernels("asc without threads", "assembly/index.ts", "dist/engines/wasm/kernels-unshared.wasm", ["--enable", "simd"]);
  kernels("asc of pictures", "assembly/resample.ts", "dist/pictures/resample.wasm", ["--enable", "simd"]);
  kernels("asc of evaluation", "assembly/ranks.ts", "dist/evaluate/ranks.wasm", threads);
}

await bundle(join(root, "dist"));
