// `npm run mutate`: breaks one formula or one wire at a time in a copy of the source and asks the tests to notice.
// `npm run mutate -- wiring` takes one of the lists, `npm run mutate -- text` only what holds the text in its description.
// Exits 1 if a mutation survives, or no longer finds its text.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { datasets } from "./mutants/datasets.js";
import { experiments } from "./mutants/experiments.js";
import { exported } from "./mutants/export.js";
import { folders } from "./mutants/folders.js";
import { formulas } from "./mutants/formulas.js";
import { losses } from "./mutants/losses.js";
import { meaning } from "./mutants/meaning.js";
import { networks } from "./mutants/networks.js";
import { pages } from "./mutants/page.js";
import { pictures } from "./mutants/pictures.js";
import { play } from "./mutants/play.js";
import { playground } from "./mutants/playground.js";
import { queue } from "./mutants/queue.js";
import { reports } from "./mutants/report.js";
import { search } from "./mutants/search.js";
import { serve } from "./mutants/serve.js";
import { storage } from "./mutants/storage.js";
import { vectorMutants as vectors } from "./mutants/vectors.js";
import { webgpu } from "./mutants/webgpu.js";
import { wiring } from "./mutants/wiring.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

const runTests = (copy, test) => {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const run = spawnSync(process.execPath, [vitest, "run", ...test, "--bail", "1"], {
    cwd: copy,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status: run.status, output: run.stdout + run.stderr };
};

/** Which golden case was found wrong, or which test failed; undefined where no assertion did. */
const witnessOf = (output) =>
  /AssertionError: against (\w+: [^,]+)/.exec(output)?.[1] ??
  /FAIL .* > (.+)\nAssertionError/.exec(output)?.[1] ??
  // fast-check hands on what a property found in an error of its own.
  /FAIL .* > (.+)\nError: Property failed[\s\S]*Caused by: AssertionError/.exec(output)?.[1];

/** What noticed the mutation, or why it does not count as noticed. */
const tried = (copy, { broken: [, file, text, replacement], test }) => {
  const path = join(copy, "src", file);
  const source = readFileSync(path, "utf8");
  if (!source.includes(text)) return { caught: false, how: "its text is gone: bring the mutation up to date" };
  writeFileSync(
    path,
    source.replace(text, () => replacement),
  );
  const { status, output } = runTests(copy, test);
  writeFileSync(path, source);
  if (status === 0) return { caught: false, how: "every test passed" };
  // A copy that does not even run proves nothing about the tests.
  const witness = witnessOf(output);
  return witness === undefined
    ? { caught: false, how: `the tests failed for another reason:\n${output.slice(-1500)}` }
    : { caught: true, how: witness };
};

const lists = {
  formulas,
  losses,
  networks,
  wiring,
  storage,
  pictures,
  folders,
  datasets,
  vectors,
  experiments,
  exported,
  search,
  meaning,
  serve,
  play,
  reports,
  queue,
  playground,
  pages,
  webgpu,
};
const [first = "", ...rest] = process.argv.slice(2);
const wanted = first in lists ? rest.join(" ") : [first, ...rest].join(" ");
const copy = mkdtempSync(join(tmpdir(), "mdr-mutate-"));
for (const name of [
  "src",
  "playground",
  "test",
  "golden",
  "properties",
  "recipes",
  "weights",
  "web",
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
]) {
  cpSync(join(root, name), join(copy, name), { recursive: true });
}
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");
// Kernels as built, and the threads that count ranks and those that decode for the service: nothing that a mutation of src/ could reach.
mkdirSync(join(copy, "dist"));
for (const built of ["evaluate", "engines", "pictures", "search", "serve"])
  symlinkSync(join(root, "dist", built), join(copy, "dist", built), "dir");

const report = (line) => process.stdout.write(`${line}\n`);

const caughtOf = (name) => {
  const chosen = lists[name].filter(({ broken: [what] }) => what.includes(wanted));
  const tests = [...new Map(chosen.map(({ test }) => [test.join(" "), test])).values()];
  const broken = tests.map((test) => [test, runTests(copy, test)]).filter(([, { status }]) => status !== 0);
  for (const [test, { output }] of broken) report(`${test.join(" ")} fails before any mutation:\n${output.slice(-3000)}`);
  if (broken.length > 0) return false;
  const caught = chosen.filter((mutation) => {
    const found = tried(copy, mutation);
    report(`${found.caught ? "caught  " : "SURVIVED"}  ${mutation.broken[0]} (${posix.join("src", mutation.broken[1])}) | ${found.how}`);
    return found.caught;
  });
  report(`${name}: ${caught.length} of ${chosen.length} mutations caught`);
  return caught.length === chosen.length;
};

const all = Object.keys(lists)
  .filter((name) => !(first in lists) || name === first)
  .map(caughtOf);
rmSync(copy, { recursive: true, force: true });
process.exit(all.every(Boolean) ? 0 : 1);
