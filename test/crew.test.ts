/** Threads: a crew that is closed while its thread answers, and threads that cannot start. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { performAll } from "../src/workers/index.js";

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

it("a crew that answers is waited for to its end", () => {
  const path = join(folder, "program.mjs");
  writeFileSync(path, program);
  expect(execFileSync(process.execPath, [path], { encoding: "utf8" })).toBe("ended\n");
});

it("no job is lost with a thread that ends before it listens: all are done here", async () => {
  const jobs = Array.from({ length: 40 }, (_, index) => index);
  const work = { worker: "pictures/index", jobs, perform: (job: number) => 2 * job, lost: () => Number.NaN };
  expect(await performAll<number, number>({ ...work, workers: 3 })).toEqual(jobs.map((job) => 2 * job));
});

it("threads start in a program that was given as text", () => {
  const text = `
    import { performAll } from ${JSON.stringify(room("workers"))};
    const jobs = Array.from({ length: 30 }, (_, index) => ({ path: "nowhere/" + index + ".jpg", readying: { side: 8, filter: "lanczos", maxPixels: 1e6 } }));
    const work = { worker: "store/readyWorker", jobs, perform: () => "here", lost: () => "lost", workers: 2 };
    console.log(new Set((await performAll(work)).map((result) => result.kind ?? result)));
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", text], { encoding: "utf8" });
  expect(said).not.toMatch(/here|lost/);
});
