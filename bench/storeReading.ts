/** The process whose memory `npm run bench -- store` measures: `node storeReading.js <folder of shards> <pictures> <side>`. */
import { classBalancedSampler, subsetOf } from "#mdr/datasets/index.js";
import { imagenetStatistics } from "#mdr/nn/index.js";
import { evaluationAugmentation, trainingAugmentation } from "#mdr/pictures/index.js";
import { seeded } from "#mdr/random/index.js";
import { openPreparer, openStore, trainingSource, usualPrefetch } from "#mdr/store/index.js";
import { must } from "./step.js";
import { pathOf, type StoreMeasured } from "./store.js";

const [folder = "", pictures = "0", side = "256"] = process.argv.slice(2);
const count = Number(pictures);
const numbers = Array.from({ length: count }, (_, picture) => picture);

const started = performance.now();
const store = await must(
  openStore({ root: "", paths: numbers.map(pathOf), folders: [folder], side: Number(side), filter: "lanczos", maxPixels: 1e8 }),
);
const opened = performance.now();
if (store.decoded > 0) throw new Error("the shards were not taken");

const labels = numbers.map((picture) => picture % 2000);
const classes = [...new Set(labels)];
const { members } = subsetOf({ classes: classes.map(String), labels }, classes);
const sampler = await must(async () => classBalancedSampler(members, { batchSize: 128, imagesPerClass: 4 }));
const preparer = await openPreparer(usualPrefetch);
const source = trainingSource(
  store,
  { pictures: numbers, labels },
  { training: trainingAugmentation(224, imagenetStatistics), evaluation: evaluationAugmentation(224, imagenetStatistics) },
  sampler,
  preparer,
  usualPrefetch,
);

/** Enough batches that the share of the pictures that memory may hold has long been used up. */
const batches = 100;
let done = 0;
const from = performance.now();
for await (const batch of source.batches(seeded(1), 1)) {
  await must(async () => batch);
  done += 1;
  if (done === batches) break;
}
const prepared = performance.now() - from;
for (let first = 0; first < Math.min(count, 6400); first += 128) await must(source.plain(numbers.slice(first, first + 128)));
await preparer.close();

const measured: StoreMeasured = {
  pictures: count,
  side: Number(side),
  seconds_to_open: (opened - started) / 1000,
  images_per_second: (1000 * 128 * batches) / prepared,
  peak_mib: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(JSON.stringify(measured));
