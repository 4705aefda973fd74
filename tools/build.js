// `npm run build`: TypeScript to dist/, benchmarks to dist/bench/, AssemblyScript kernels to dist/engines/wasm/:
// kernels.wasm for threads over shared memory, kernels-unshared.wasm for pages that get none, and both again with fused multiply-add;
// dist/pictures/resample.wasm, dist/evaluate/ranks.wasm and dist/search/nearest.wasm. The command line and the programs of worker
// threads are then bundled in their places.
// A kernel is compiled once for the same sources and the same compiler: what came of it is kept below node_modules/.cache/mdr.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { declarations } from "./api.js";
import { bundle } from "./bundle.js";
import { commonjs } from "./commonjs.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

const run = (label, script, args) => {
  process.stderr.write(`build: ${label}\n`);
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

const kept = join(root, "node_modules", ".cache", "mdr");

const everySource = () =>
  readdirSync(join(root, "assembly"))
    .sort()
    .map((name) => `${name}\n${readFileSync(join(root, "assembly", name), "utf8")}`);

const kernels = (label, source, outFile, memory) => {
  const args = [
    source,
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
  ];
  const about = [require("assemblyscript/package.json").version, ...args, ...everySource()];
  const compiled = join(kept, `${createHash("sha256").update(about.join("\n")).digest("hex")}.wasm`);
  if (existsSync(compiled)) copyFileSync(compiled, join(root, outFile));
  else {
    run(label, binOf("assemblyscript", "asc"), [...args, "--outFile", outFile]);
    // Whole or not there, whoever builds beside this.
    const own = `${compiled}.${process.pid}`;
    copyFileSync(join(root, outFile), own);
    renameSync(own, compiled);
  }
};

if (existsSync(join(root, "assembly", "index.ts"))) {
  for (const folder of [join(root, "dist", "engines", "wasm"), kept]) mkdirSync(folder, { recursive: true });
  const threads = ["--sharedMemory", "--maximumMemory", "65536", "--enable", "simd,threads"];
  kernels("asc", "assembly/index.ts", "dist/engines/wasm/kernels.wasm", threads);
  kernels("asc without threads", "assembly/index.ts", "dist/engines/wasm/kernels-unshared.wasm", ["--enable", "simd"]);
  for (const [memory, options] of [
    ["", threads],
    ["-unshared", ["--enable", "simd"]],
  ])
    kernels("asc with relaxed SIMD", "assembly/index.ts", `dist/engines/wasm/kernels-fused${memory}.wasm`, [
      ...options,
      "--enable",
      "relaxed-simd",
    ]);
  kernels("asc of pictures", "assembly/resample.ts", "dist/pictures/resample.wasm", ["--enable", "simd"]);
  kernels("asc of evaluation", "assembly/ranks.ts", "dist/evaluate/ranks.wasm", threads);
  kernels("asc of searches", "assembly/nearest.ts", "dist/search/nearest.wasm", ["--enable", "simd"]);
}

process.stderr.write("build: bundles\n");
await commonjs(join(root, "dist"), declarations());
await bundle(join(root, "dist"));
