/**
 * `npm run bench -- index-kills [--times 50]`: `mdr index` killed with SIGKILL at random moments and gone on with until it is done, over and
 * over, until it was killed so many times; then the same of a folder that changed. Each gallery must be that of an indexing that nobody
 * disturbed, and after each kill the index of before must answer. Then a disk that is full and one that cannot be written.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { makeDataset } from "#mdr/datasets/index.js";
import { integer, seeded } from "#mdr/random/index.js";
import { readGallery } from "#mdr/search/gallery.js";
import { galleryFile } from "#mdr/search/places.js";
import { smallRun, withRun } from "./damage.js";
import { fullDisk } from "./indexDisk.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** The files, labels, contents and embeddings of a place's gallery, as one text; empty where it has none. */
const contentOf = (place: string): string => {
  const gallery = readGallery(galleryFile(place));
  if (E.isLeft(gallery)) return existsSync(galleryFile(place)) ? "damaged" : "";
  const { files, labels, digests, embeddings } = gallery.right;
  return JSON.stringify([files, labels, digests, Array.from(embeddings)]);
};

/** Runs the command, killed after so many milliseconds: its exit code, null where it was killed. */
const killedAfter = async (milliseconds: number, args: readonly string[]): Promise<number | null> => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  return code;
};

const never = 2 ** 31 - 1;

/** What was there when it was killed. */
const stageOf = (place: string, before: string): string => {
  if (!existsSync(place)) return "before anything was there";
  if (!existsSync(join(place, "database"))) return "while its database was made";
  return contentOf(place) === before ? "while pictures were looked at" : "when searches saw the new one";
};

/** The folder as it is before and after: some pictures gone, some new, some others under an old name. */
const folders = async (folder: string, data: string): Promise<readonly [string, string]> => {
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  cpSync(data, before, { recursive: true });
  const made = await makeDataset({ seed: 5, classes: 6, imagesPerClass: 8, size: 24 }, after)();
  if (E.isLeft(made)) throw new Error(made.left.message);
  cpSync(data, after, { recursive: true });
  const gone = readdirSync(after, { recursive: true, encoding: "utf8" }).filter((name) => /3\.(?:png|jpg)$/.test(name));
  for (const file of gone) rmSync(join(after, file));
  return [before, after];
};

export const benchIndexKills = (times: number, { asJson }: { readonly asJson: boolean }): Promise<void> =>
  withRun(smallRun, async (folder, data, run) => {
    const states = await folders(folder, data);
    const photos = join(folder, "photos");
    const show = (state: string): void => {
      rmSync(photos, { force: true });
      symlinkSync(state, photos);
    };
    const indexing = (place: string): readonly string[] => ["index", run, photos, "--db", place, "--engine", "wasm"];
    const calm = join(folder, "calm.db");
    const expected: string[] = [];
    const milliseconds: number[] = [];
    for (const state of states) {
      show(state);
      const from = Date.now();
      if ((await killedAfter(never, indexing(calm))) !== 0) throw new Error("an indexing that nobody disturbed did not end well");
      milliseconds.push(Date.now() - from);
      expected.push(contentOf(calm));
    }
    let random = seeded(3);
    let kills = 0;
    let rounds = 0;
    const stages = new Map<string, number>();
    const wrong: string[] = [];
    while (kills < times) {
      const place = join(folder, `${rounds++}.db`);
      for (const [at, state] of states.entries()) {
        show(state);
        const before = contentOf(place);
        for (let code: number | null = null; code === null; ) {
          // Beyond the time of an undisturbed one, so that some come to their end and later ones are killed at it.
          const [moment, next] = integer(0, 1.5 * (milliseconds[at] ?? 1000), random);
          random = next;
          code = await killedAfter(kills < times ? moment : never, indexing(place));
          const now = contentOf(place);
          if (code === null) {
            kills += 1;
            const stage = stageOf(place, before);
            stages.set(stage, (stages.get(stage) ?? 0) + 1);
            if (now !== before && now !== expected[at]) wrong.push(`round ${rounds}: half an index after a kill`);
          } else if (code !== 0) wrong.push(`round ${rounds}: ended with ${code}`);
          else if (now !== expected[at]) wrong.push(`round ${rounds}: another index`);
        }
      }
      rmSync(place, { recursive: true, force: true });
      process.stderr.write(`${kills} kills, ${rounds} indexes, ${wrong.length} wrong\n`);
    }
    mkdirSync(join(folder, "disk"));
    const disk = fullDisk({ folder: join(folder, "disk"), bin, indexing, show, states, expected, contentOf });
    const where = [...stages].map(([stage, count]) => `${count} ${stage}`);
    process.stdout.write(
      asJson
        ? `${JSON.stringify({ kills, rounds, stages: Object.fromEntries(stages), wrong, disk }, null, 2)}\n`
        : `${kills} kills of ${rounds} indexes, each made and then brought up to date: ${where.join(", ")}; ${wrong.length} went wrong\n${[...wrong, ...disk.map(({ what, said }) => `${what}: ${said}`)].map((line) => `  ${line}\n`).join("")}`,
    );
    if (wrong.length > 0 || disk.some(({ isRight }) => !isRight)) process.exitCode = 1;
  });
