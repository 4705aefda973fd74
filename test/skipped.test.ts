/** A test that is skipped says why, and the run lists it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readSource } from "../tools/house.js";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "mdr-skipped-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const missing = JSON.stringify(join(root, "test", "missing.ts"));
writeFileSync(
  join(folder, "some.test.ts"),
  `import { describe, it } from "vitest";
   import { unless } from ${missing};
   describe("a group", unless("no such machine"), () => { it("inside", () => {}); });
   it("alone", unless("no such machine"), () => {});
   it("found out late", (context) => context.skip("nothing opened"));
   it.skip("silent", () => {});
   it("there", unless(""), () => {});`,
);
writeFileSync(
  join(folder, "vitest.config.ts"),
  `import { skippedReporter } from ${JSON.stringify(join(root, "test", "skipped.ts"))};
   export default { test: { reporters: ["default", skippedReporter()] } };`,
);
symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");

const vitest = (...args: readonly string[]): string => {
  const program = join(root, "node_modules", "vitest", "vitest.mjs");
  const env = { ...process.env, NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [program, "run", "--root", folder, ...args], { cwd: folder, encoding: "utf8", env });
  expect(done.status, done.stdout + done.stderr).toBe(0);
  return done.stdout;
};

it("every skipped test is listed under its reason, those without one as such", () => {
  const listed = /Skipped, and why: \d+\n(?: {2}.*\n)+/.exec(vitest())?.[0];
  expect(listed?.trimEnd().split("\n")).toEqual([
    "Skipped, and why: 4",
    "  no such machine",
    "    some.test.ts > a group > inside",
    "    some.test.ts > alone",
    "  nothing opened",
    "    some.test.ts > found out late",
    "  NO REASON GIVEN",
    "    some.test.ts > silent",
  ]);
});

it("what a filter leaves out is not", () => {
  expect(vitest("-t", "there")).not.toContain("NO REASON GIVEN");
});

it("no test here skips without a reason", () => {
  const files = ["test", "properties"].flatMap((place) =>
    readdirSync(join(root, place), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(place, name)),
  );
  const silent = files.flatMap((file) =>
    [...readSource(readFileSync(join(root, file), "utf8")).code.matchAll(/\.skip(?:If|\(\s*\)|\(\s*"|\.)|\.runIf\b|\.todo\b/g)].map(
      ({ 0: found }) => `${file}: ${found}`,
    ),
  );
  expect(silent).toEqual([]);
});
