/**
 * `npm run bench -- scale`: what each part costs for one picture, measured here on one thread, and what that makes for a million
 * and a hundred million. docs/scale.md says what follows from it.
 */
import { encodeJpeg } from "#mdr/datasets/index.js";
import { decodeImage } from "#mdr/pictures/index.js";
import { pictureBytes } from "#mdr/store/index.js";
import { drawn } from "./decoding.js";
import { contest, median } from "./measure.js";
import { wasm } from "./ours.js";
import { searchMeasured } from "./search.js";
import { type StepWork, stepFlops } from "./step.js";

/** One part of the way from a file to an answer; what it takes grows in proportion to the pictures. */
interface Cost {
  readonly what: string;
  readonly unit: "seconds" | "bytes";
  /** For one picture. */
  readonly each: number;
}

const counts = [1e6, 1e8] as const;

/** Of the store's pictures. */
const side = 256;
const embedding = 128;

const works: readonly StepWork[] = [
  { kind: "inference", name: "embedding, compact network at 64", backbone: "compact", batch: 32, side: 64 },
  { kind: "inference", name: "embedding, ResNet-18 at 224", backbone: "resnet18", batch: 8, side: 224 },
  { kind: "inference", name: "embedding, ResNet-50 at 224", backbone: "resnet50", batch: 8, side: 224 },
  { kind: "step", name: "a training step's share, compact network at 64", backbone: "compact", batch: 64, side: 64 },
  { kind: "step", name: "a training step's share, ResNet-50 at 224", backbone: "resnet50", batch: 8, side: 224 },
];

/** Rounds before the decoder runs as fast as it does in the long run. */
const warming = 3;

const decoding = (rounds: number): Cost => {
  const files = Array.from({ length: 24 }, (_, number) => encodeJpeg(drawn(number), 85));
  const times = Array.from({ length: warming + rounds }, () => {
    const start = performance.now();
    for (const file of files) decodeImage(file, "picture");
    return (performance.now() - start) / 1000 / files.length;
  });
  return { what: "decoding a JPEG of 500 x 375", unit: "seconds", each: median(times.slice(warming)) };
};

const networks = async (rounds: number): Promise<readonly Cost[]> => {
  const engine = await wasm(1);
  const costs: Cost[] = [];
  for (const work of works) {
    const { run, rows } = contest(work, stepFlops(work), [engine]);
    await run(rounds);
    costs.push({ what: work.name, unit: "seconds", each: (rows()[0]?.median_ms ?? Number.NaN) / 1000 / work.batch });
  }
  await engine.close();
  return costs;
};

const searching = async (count: number): Promise<readonly Cost[]> => {
  const { exactMs, insertS, buildS, openExactMs, galleryBytes, databaseBytes } = await searchMeasured(count);
  const second = (what: string, seconds: number): Cost => ({ what, unit: "seconds", each: seconds / count });
  return [
    second("keeping a row in the database", insertS),
    second("approximate index over the rows", buildS),
    second("opening the index", openExactMs / 1000),
    second("one exact search", exactMs / 1000),
    { what: "the sealed gallery, in a file and in memory", unit: "bytes", each: galleryBytes / count },
    { what: "the database and its approximate index", unit: "bytes", each: databaseBytes / count },
  ];
};

/** `3.2 h` */
const amount = (value: number, steps: readonly (readonly [name: string, size: number])[]): string => {
  const [name, size] = steps.findLast(([, least]) => value >= least) ?? steps[0] ?? ["", 1];
  return `${(value / size).toPrecision(3)} ${name}`;
};

const times = [
  ["ns", 1e-9],
  ["us", 1e-6],
  ["ms", 1e-3],
  ["s", 1],
  ["min", 60],
  ["h", 3600],
  ["days", 86_400],
  ["years", 31_557_600],
] as const;
const bytes = [
  ["B", 1],
  ["kB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
] as const;

const shown = ({ unit }: Cost, value: number): string => amount(value, unit === "seconds" ? times : bytes);

export const benchScale = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const rounds = quick ? 1 : 5;
  const costs: readonly Cost[] = [
    decoding(rounds),
    { what: `a decoded picture in the store, ${side} x ${side}`, unit: "bytes", each: pictureBytes(side) },
    ...(await networks(rounds)),
    ...(await searching(quick ? 10_000 : 100_000)),
  ];
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ embedding, costs }, null, 2)}\n`);
    return;
  }
  const rows = costs.map((cost) => [cost.what, shown(cost, cost.each), ...counts.map((count) => shown(cost, cost.each * count))]);
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  process.stdout.write(
    [["one thread", "one picture", "a million", "a hundred million"], ["---", "---", "---", "---"], ...rows].map(line).join(""),
  );
};
