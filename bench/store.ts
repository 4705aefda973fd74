/**
 * `npm run bench -- store`: what a store of many pictures takes of memory, in a process of its own, and how fast batches come out of
 * it. The shards are sparse files: their pictures are black and cost the disk nothing, but are read, checked and prepared like any.
 */
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pictureBytes, pixelSum, rewriteEntries } from "#mdr/store/index.js";

/** What the child process says. */
export interface StoreMeasured {
  readonly pictures: number;
  readonly side: number;
  readonly seconds_to_open: number;
  readonly images_per_second: number;
  readonly peak_mib: number;
}

const side = 256;
const picturesOfShard = Math.floor(2 ** 26 / pictureBytes(side));

export const pathOf = (picture: number): string => `${picture % 2000}/${picture}.jpg`;

/** Entries of files that are not there: their stamps are those of nothing, so that the store takes them as unchanged. */
const makeShards = (folder: string, count: number): void => {
  const sum = pixelSum(new Uint8Array(pictureBytes(side)));
  for (let first = 0; first < count; first += picturesOfShard) {
    const pictures = Array.from({ length: Math.min(picturesOfShard, count - first) }, (_, index) => first + index);
    const path = join(folder, String(first).padStart(8, "0"));
    const file = openSync(`${path}.pixels`, "w");
    ftruncateSync(file, pictures.length * pictureBytes(side));
    closeSync(file);
    const entries = pictures.map((picture) => ({
      path: pathOf(picture),
      size: -1,
      modified: -1,
      changed: -1,
      hash: pixelSum(Buffer.from(`${picture}`)).repeat(2),
      sum,
    }));
    rewriteEntries({ path, side, entries }, entries);
  }
};

/** Peak memory of a store of `count` pictures at 256 x 256, opened, drawn from and evaluated with. */
export const benchStore = (count: number, { asJson }: { readonly asJson: boolean }): void => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-store-"));
  try {
    makeShards(folder, count);
    const program = fileURLToPath(new URL("./storeReading.js", import.meta.url));
    const run = spawnSync(process.execPath, [program, folder, String(count), String(side)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (run.status !== 0) throw new Error("the process that reads the store failed");
    const measured = JSON.parse(run.stdout) as StoreMeasured;
    process.stdout.write(
      asJson
        ? `${JSON.stringify(measured, null, 2)}\n`
        : `${measured.pictures} pictures at ${side} x ${side} (${((count * pictureBytes(side)) / 2 ** 30).toFixed(1)} GiB): opened in ` +
            `${measured.seconds_to_open.toFixed(1)} s, ${measured.images_per_second.toFixed(0)} images/s prepared at 224, ` +
            `peak memory of the process ${measured.peak_mib.toFixed(0)} MiB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
