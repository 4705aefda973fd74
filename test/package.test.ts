/** The package as another project gets it: packed, unpacked into its node_modules, imported by name, run by its bin. No network. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "mdr-package-"));
const installed = join(project, "node_modules", "mdr-ts");

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
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  // What npm would have installed beside it; its own dependencies resolve from where these links lead.
  for (const name of Object.keys(dependencies)) {
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
    "golden/metric.json",
    "recipes/table1.json",
    "LICENSE",
    "README.md",
  ])
    expect(existsSync(join(installed, file)), file).toBe(true);
  for (const folder of ["src", "test", "properties", "data", "runs"]) expect(existsSync(join(installed, folder)), folder).toBe(false);
});

it("is imported by its name: a loss, settings, random numbers, pullbacks", () => {
  const program = `
    import { compose, identity, mdrLoss, referenceKernels, seeded, uniforms, parseSettings } from "mdr-ts";
    const k = referenceKernels;
    const distances = { shape: [3, 3], data: Float64Array.of(0, 1, 2, 1, 0, 3, 2, 3, 0) };
    const none = { shape: [], data: Float64Array.of(0) };
    const levels = { shape: [3], data: Float64Array.of(-3, 0, 3) };
    const { loss } = mdrLoss(k, { variant: "paper", gamma: 0.9 })({ mean: none, deviation: none, seen: none }, distances, levels);
    const settings = parseSettings("here", {});
    console.log(JSON.stringify({ loss: loss.data[0], tag: settings._tag, drawn: uniforms(2, seeded(1))[0].length, composed: typeof compose(identity())(identity()) }));
  `;
  writeFileSync(join(project, "use.js"), program);
  const { loss, ...rest } = JSON.parse(run(process.execPath, ["use.js"], project)) as { loss: number };
  // Distances 1, 2, 3: mean 2, deviation sqrt(2 / 3); two of three pairs lie 1 / deviation from the level 0.
  expect(loss).toBeCloseTo((2 / 3) * Math.sqrt(3 / 2), 12);
  expect(rest).toEqual({ tag: "Right", drawn: 2, composed: "function" });
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

it("brings all types that a strict TypeScript project needs", () => {
  writeFileSync(
    join(project, "typed.ts"),
    `import { mdrLoss, referenceKernels as k, scalar, toNdarray, vector } from "mdr-ts";
     const before = { mean: scalar(0), deviation: scalar(0), seen: scalar(0) };
     const distances = { shape: [2, 2], data: Float64Array.of(0, 1, 1, 0) };
     const { loss, pull } = mdrLoss(k, { variant: "paper", gamma: 0.9 })(before, distances, vector([-3, 0, 3]));
     export const gradient: number | undefined = pull(loss).levels.data[0];
     export const size: number = toNdarray(distances).size;`,
  );
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom"];
  expect(run(process.execPath, [compiler, ...flags, "typed.ts"], project)).toBe("");
});
