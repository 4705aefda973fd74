/** The committed goldens are what PyTorch computes now, wherever there is a Python that has it. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("golden/*.json are as golden/*.py compute them", (context) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, "..", "tools", "golden.js")], {
    encoding: "utf8",
  });
  if (status === 2) return context.skip(stdout.trim());
  expect(status, stdout + stderr).toBe(0);
}, 600_000);
