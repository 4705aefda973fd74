#!/usr/bin/env node
// The `mdr` command. In a fresh checkout the compiled program does not exist yet: build it once, then run it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const main = join(root, "dist", "cli", "main.js");

if (!existsSync(main)) {
  // Not to be seen to build is no reason to stop.
  process.stderr.on("error", () => {});
  process.stderr.write("mdr: first run, building ...\n");
  const built = spawnSync(process.execPath, [join(root, "tools", "build.js")], { stdio: ["ignore", 2, 2] });
  if (built.status !== 0) {
    process.stderr.write("mdr: the build failed (see above). Run `npm ci` first, then `npm run build`.\n");
    process.exit(2);
  }
}
await import(pathToFileURL(main).href);
