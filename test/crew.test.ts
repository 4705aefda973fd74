/** A crew that is closed while its thread answers: the program goes on after the close, and ends well. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "mdr-crew-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const room = (name: string): string => pathToFileURL(resolve(import.meta.dirname, "..", "dist", name, "index.js")).href;

const program = `
  import { openCrew } from ${JSON.stringify(room("workers"))};
  import { evaluationAugmentation } from ${JSON.stringify(room("pictures"))};
  import { seeded } from ${JSON.stringify(room("random"))};
  const side = 8;
  const augmentation = evaluationAugmentation(side, { mean: [0, 0, 0], deviation: [1, 1, 1] });
  const job = { side, pixels: new Uint8Array(3 * side * side), augmentation, random: seeded(1) };
  const never = () => { throw new Error("no thread"); };
  const crew = openCrew("store/prepareWorker", 1, never);
  const first = crew.ask(job);
  crew.ask(job);
  await first;
  // The second answer comes while nobody listens, and is heard after the close has begun.
  for (const until = performance.now() + 200; performance.now() < until; );
  await crew.close();
  console.log("ended");
`;

it("is waited for to its end", () => {
  const path = join(folder, "program.mjs");
  writeFileSync(path, program);
  expect(execFileSync(process.execPath, [path], { encoding: "utf8" })).toBe("ended\n");
});
