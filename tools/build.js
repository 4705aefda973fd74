// `npm run build`: TypeScript to dist/, benchmarks to dist/bench/, AssemblyScript kernels to dist/engines/wasm/:
// kernels.wasm for threads over shared memory, kernels-unshared.wasm for pages that get none.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

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

const kernels = (label, outFile, memory) =>
  run(label, binOf("assemblyscript", "asc"), [
    "assembly/index.ts",
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
  kernels("asc", "dist/engines/wasm/kernels.wasm", ["--sharedMemory", "--maximumMemory", "65536", "--enable", "simd,threads"]);
  kernels("asc without threads", "dist/engines/wasm/kernels-unshared.wasm", ["--enable", "simd"]);
}
