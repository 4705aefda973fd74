/** The package as another project gets it: packed, unpacked into its node_modules, imported by name, run by its bin. No network. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { programVersion } from "../src/files/index.js";
import { declarations } from "../tools/api.js";
import { exportsOf } from "../tools/declarations.js";
import { byEsbuild, byRollup, runInPage } from "./bundles.js";

const root = join(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "mdr-package-"));
const installed = join(project, "node_modules", "mdr-ts");

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly exports: Conditions;
  readonly main: string;
  readonly module: string;
  readonly types: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly sideEffects: readonly string[];
}
type Conditions = string | { readonly [condition: string]: Conditions };

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** What there is to resolve to, by the conditions that lead there. */
const targetsOf = (
  conditions: Conditions,
  way: readonly string[] = [],
): readonly { readonly way: readonly string[]; readonly file: string }[] =>
  typeof conditions === "string"
    ? [{ way, file: conditions }]
    : Object.entries(conditions).flatMap(([condition, inner]) => targetsOf(inner, [...way, condition]));

const run = (command: string, args: readonly string[], cwd: string): string => {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 110_000 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${done.status}: ${done.stderr}${done.stdout}`);
  return done.stdout;
};

beforeAll(() => {
  if (!existsSync(join(root, "dist", "index.js"))) run(process.execPath, [join(root, "tools", "build.js")], root);
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], root);
  const [tarball = ""] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
  run("tar", ["-xzf", tarball], project);
  mkdirSync(join(project, "node_modules"));
  renameSync(join(project, "package"), installed);
  // What npm would have installed beside it; its own dependencies resolve from where these links lead.
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link, process.platform === "win32" ? "junction" : "dir");
  }
  writeFileSync(join(project, "package.json"), '{"name": "other", "type": "module"}');
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

it("ships the program, its kernels, its goldens and its papers, and no sources, data or tests", () => {
  for (const file of [
    "dist/index.js",
    "dist/index.d.ts",
    "dist/cli/main.js",
    "dist/browser.js",
    "dist/engines/wasm/kernels.wasm",
    "dist/engines/wasm/kernels-unshared.wasm",
    "dist/engines/wasm/kernels-fused.wasm",
    "dist/engines/wasm/kernels-fused-unshared.wasm",
    "golden/metric.json",
    "recipes/table1.json",
    "weights/species.safetensors",
    "LICENSE",
    "README.md",
  ])
    expect(existsSync(join(installed, file)), file).toBe(true);
  for (const folder of ["src", "test", "properties", "data", "runs"]) expect(existsSync(join(installed, folder)), folder).toBe(false);
});

it("leads to files that are there, to types before programs, and to nothing of Node for pages", () => {
  const targets = targetsOf(manifest.exports);
  const named = [manifest.main, manifest.module, manifest.types, ...Object.values(manifest.bin), ...targets.map(({ file }) => file)];
  expect(named.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
  const conditional = targets.filter(({ way }) => way.length > 2 || way.includes("types"));
  // TypeScript takes the first condition that fits, and a program's kind of module must be its types'.
  for (const { way, file } of conditional.filter((one) => one.way.at(-1) === "types")) {
    const program = targets.find((one) => one.way.join() === [...way.slice(0, -1), "default"].join())?.file;
    expect(program?.replace(/\.(c?)js$/, ".d.$1ts")).toBe(file);
    expect(targets.findIndex((one) => one.file === file)).toBeLessThan(targets.findIndex((one) => one.file === program));
  }
  expect(targets.filter(({ way }) => way.includes("browser") || way[0] === "./browser").every(({ file }) => /browser\./.test(file))).toBe(
    true,
  );
});

it("says its version, the manifest's", () => {
  expect(programVersion).toBe(manifest.version);
});

/** Distances 1, 2, 3: mean 2, deviation sqrt(2 / 3); two of three pairs lie 1 / deviation from the level 0. */
const loss = (2 / 3) * Math.sqrt(3 / 2);
const computing = `
  const distances = { shape: [3, 3], data: Float64Array.of(0, 1, 2, 1, 0, 3, 2, 3, 0) };
  const none = { shape: [], data: Float64Array.of(0) };
  const levels = { shape: [3], data: Float64Array.of(-3, 0, 3) };
  const judged = mdrLoss(k, { variant: "paper", gamma: 0.9 })({ mean: none, deviation: none, seen: none }, distances, levels);`;

it("is required where modules cannot be, with everything that an import gives, and finds its kernels", () => {
  writeFileSync(
    join(project, "use.cjs"),
    `const all = require("mdr-ts");
    const { mdrLoss, referenceKernels: k, wasmEngine } = all;
    ${computing}
    (async () => {
      const imported = Object.keys(await import("mdr-ts"));
      const engine = await wasmEngine({ threads: 2 })();
      console.log(JSON.stringify({ loss: judged.loss.data[0], imported, lacking: imported.filter((name) => !(name in all)), engine: engine._tag, entry: require.resolve("mdr-ts") }));
      process.exit(0);
    })();`,
  );
  const flag = "--no-experimental-require-module";
  const flags = process.allowedNodeEnvironmentFlags.has(flag) ? [flag] : [];
  const said = JSON.parse(run(process.execPath, [...flags, "use.cjs"], project)) as {
    loss: number;
    entry: string;
    imported: readonly string[];
  };
  expect(said).toMatchObject({ lacking: [], engine: "Right" });
  expect(said.loss).toBeCloseTo(loss, 12);
  expect(said.entry).toMatch(/index\.cjs$/);
  // The declarations that the reference is drawn from say the same.
  const declared = exportsOf(declarations(join(installed, "dist")), "index.d.ts");
  expect(said.imported.toSorted()).toEqual(declared.flatMap(({ name, kind }) => (kind === "type" ? [] : [name])));
});

describe("a bundler", () => {
  const program = `import { mdrLoss, referenceKernels as k } from "mdr-ts"; ${computing} export default judged.loss.data[0];`;
  const inPage = { platform: "browser", format: "iife", globalName: "given" } as const;

  it("esbuild takes from it for a page what is used, nothing of Node, and it computes there", async () => {
    const { code, imports, inputs } = await byEsbuild(project, program, inPage);
    expect(imports).toEqual([]);
    expect(runInPage(code)).toBeCloseTo(loss, 12);
    expect(inputs.some((path) => path.endsWith("mdr-ts/dist/browser.js"))).toBe(true);
    expect(gzipSync(code).length).toBeLessThan(30_000);
  });

  it("esbuild puts the whole of it into a page, GPU.js left out where it is not installed", async () => {
    const whole = `import * as all from "mdr-ts/browser"; const { mdrLoss, referenceKernels: k } = all; ${computing} export default [judged.loss.data[0], Object.keys(all).length];`;
    const { code, imports } = await byEsbuild(project, whole, inPage);
    expect(imports.filter((path) => path !== "gpu.js")).toEqual([]);
    const [value, count] = runInPage(code) as [number, number];
    expect(value).toBeCloseTo(loss, 12);
    expect(count).toBeGreaterThan(200);
  });

  it("rollup takes the same from it", async () => {
    const { code, imports, inputs } = await byRollup(project, join(root, "node_modules"), program.replace('"mdr-ts"', '"mdr-ts/browser"'));
    expect(imports).toEqual([]);
    // Neither engines of other kinds nor networks are what a loss needs.
    expect(inputs.filter((path) => /dist.(?:engines.(?:gpu|wasm)|nn|train|settings)/.test(path))).toEqual([]);
    expect(runInPage(code)).toBeCloseTo(loss, 12);
  });

  it("esbuild puts it into one file for Node, by import and by require, which runs without the package beside it", async () => {
    const alone = mkdtempSync(join(tmpdir(), "mdr-alone-"));
    try {
      const used = "console.log(judged.loss.data[0], parseSettings('here', {})._tag);";
      const named = "mdrLoss, referenceKernels: k, parseSettings";
      const whole = `${computing} ${used}`;
      const modules = await byEsbuild(project, `import * as all from "mdr-ts"; const { ${named} } = all; ${whole}`, {
        platform: "node",
        format: "esm",
      });
      const required = await byEsbuild(project, `const { ${named} } = require("mdr-ts"); ${whole}`, { platform: "node", format: "cjs" });
      const banner = 'import { createRequire as requiring } from "node:module"; const require = requiring(import.meta.url);';
      writeFileSync(join(alone, "use.mjs"), `${banner}\n${modules.code}`);
      writeFileSync(join(alone, "use.cjs"), required.code);
      for (const file of ["use.mjs", "use.cjs"]) {
        const [value, tag] = run(process.execPath, [file], alone).trim().split(" ");
        expect(Number(value), file).toBeCloseTo(loss, 12);
        expect(tag).toBe("Right");
      }
    } finally {
      rmSync(alone, { recursive: true, force: true });
    }
  });
});

it("is imported by its name: a loss, settings, random numbers, pullbacks", () => {
  const program = `
    import { compose, gpuEngine, identity, mdrLoss, referenceKernels as k, seeded, uniforms, parseSettings } from "mdr-ts";
    ${computing}
    const settings = parseSettings("here", {});
    const { left } = await gpuEngine("webasm")();
    console.log(JSON.stringify({ loss: judged.loss.data[0], tag: settings._tag, drawn: uniforms(2, seeded(1))[0].length, composed: typeof compose(identity())(identity()), without: left.message }));
  `;
  writeFileSync(join(project, "use.js"), program);
  const { loss: computed, without, ...rest } = JSON.parse(run(process.execPath, ["use.js"], project)) as { loss: number; without: string };
  expect(computed).toBeCloseTo(loss, 12);
  expect(rest).toEqual({ tag: "Right", drawn: 2, composed: "function" });
  // GPU.js is for who wants it.
  expect(without).toMatch(/GPU\.js is not installed.*npm install --ignore-scripts gpu\.js/);
});

it("runs its command and verifies the mathematics there", () => {
  expect(run(process.execPath, [join(installed, "bin", "mdr.js"), "--help"], project)).toContain("Usage: mdr");
  const report = JSON.parse(run(process.execPath, [join(installed, "bin", "mdr.js"), "verify", "--engine", "wasm", "--json"], project)) as {
    pass: boolean;
    checks: readonly unknown[];
  };
  expect(report.pass).toBe(true);
  expect(report.checks.length).toBeGreaterThan(10);
});

it("runs the README's examples as they stand", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = ""]) => code);
  expect(examples).toHaveLength(3);
  const said = examples.map((code, index) => {
    writeFileSync(join(project, `example${index}.js`), code);
    return run(process.execPath, [`example${index}.js`], project);
  });
  expect(said[0]).toMatch(/^0\.\d+\n/);
  expect(said[1]).toMatch(/^true \d/);
  expect(said[2]).toMatch(/^1 \d\.\d+\n2 \d\.\d+\n/);
});

describe("TypeScript", () => {
  const text = `
     const before = { mean: scalar(0), deviation: scalar(0), seen: scalar(0) };
     const distances = { shape: [2, 2], data: Float64Array.of(0, 1, 1, 0) };
     const { loss, pull } = mdrLoss(k, { variant: "paper", gamma: 0.9 })(before, distances, vector([-3, 0, 3]));
     const wish: EngineWish = { engine: "auto", gpuMode: "auto" };
     const options: EvaluationOptions = { ranks: [1, 2] };
     export const opened: () => Promise<Either<Fault, OpenedEngine>> = openEngine(wish);
     export const scored = evaluateRetrieval(vector([1]), [0], options);
     export const gradient: number | undefined = pull(loss).levels.data[0];
     export const size: number = toNdarray(distances).size;
     // @ts-expect-error -- a loss is a tensor and no text
     export const wrong: string = loss;`;
  const imports = `import { type EngineWish, type EvaluationOptions, type Fault, type OpenedEngine, evaluateRetrieval, mdrLoss, openEngine, referenceKernels as k, scalar, toNdarray, vector } from "mdr-ts";
     import type { Either } from "fp-ts/lib/Either.js";`;
  const strict = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--target", "es2022"];
  const checked = (file: string, flags: readonly string[]) => {
    const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
    return run(process.execPath, [compiler, ...strict, "--types", "", "--lib", "es2023,dom", ...flags, file], project);
  };

  it("finds all types, those of libraries checked too, by nodenext, from a module and from what requires", () => {
    writeFileSync(join(project, "typed.ts"), `${imports}${text}`);
    writeFileSync(join(project, "typed.cts"), `${imports}${text}`);
    writeFileSync(join(project, "both.ts"), 'import "./typed.js"; import "./typed.cjs";');
    expect(checked("both.ts", ["--module", "nodenext", "--skipLibCheck", "false"])).toBe("");
  });

  it("and as bundlers resolve, for a page too", () => {
    writeFileSync(join(project, "typed.ts"), `${imports}${text}\nexport const same: typeof import("mdr-ts/browser").mdrLoss = mdrLoss;`);
    expect(checked("typed.ts", ["--module", "esnext", "--moduleResolution", "bundler"])).toBe("");
  });
});
