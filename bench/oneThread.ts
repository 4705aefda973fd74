/**
 * `npm run bench -- step`: forward and training step of three networks on one thread, beside PyTorch on one, in turn in one run, and what
 * is left of each step by its roofline. Ratios are PyTorch's time over ours: of processor time in the cheapest rounds, which other
 * programs on the machine spoil least, and of the median time by the clock.
 */
import type { Work } from "./contestant.js";
import { type Floors, floorLines, floorsOf } from "./floor.js";
import { contest, type Row } from "./measure.js";
import { wasm } from "./ours.js";
import { pytorch } from "./pytorch.js";
import { type StepWork, stepFlops } from "./step.js";

const networks = [
  { backbone: "compact", batch: 64, side: 64 },
  { backbone: "resnet18", batch: 16, side: 224 },
  { backbone: "resnet50", batch: 4, side: 224 },
] as const;

const works: readonly StepWork[] = networks.flatMap((network) =>
  (["inference", "step"] as const).map((kind) => ({
    kind,
    name: `${kind === "step" ? "step" : "forward"} ${network.backbone} ${network.batch}`,
    ...network,
  })),
);

interface Compared {
  readonly name: string;
  readonly ours: Row;
  readonly theirs: Row;
  /** Theirs over ours, by processor time and by the clock; null where PyTorch is missing. */
  readonly ratio: number | null;
  readonly ratio_by_clock: number | null;
  /** Of a training step. */
  readonly floors?: Floors;
}

const over = (theirs: number | null | undefined, ours: number | null | undefined): number | null =>
  theirs === null || theirs === undefined || ours === null || ours === undefined ? null : theirs / ours;

const shown = (value: number | null | undefined): string => (value ?? Number.NaN).toFixed(1).padStart(8);

const lineOf = (work: StepWork, { name, ours, theirs, ratio, ratio_by_clock }: Compared): string =>
  [
    name.padEnd(20),
    `wasm ${shown(ours.processor_ms)} ms, ${(stepFlops(work) / (ours.processor_ms ?? Number.NaN) / 1e6).toFixed(1)} GFLOP/s`.padEnd(32),
    ratio === null || ratio_by_clock === null
      ? `PyTorch: ${theirs.reason ?? "not measured"}`
      : `PyTorch ${shown(theirs.processor_ms)} ms   ratio ${ratio.toFixed(2)} (by the clock ${ratio_by_clock.toFixed(2)})`,
  ].join("   ");

const roundsOf = ({ backbone }: StepWork, quick: boolean): number => (backbone === "compact" ? 21 : 5) / (quick ? 3 : 1);

/** The contest of one work, and the roofline of a step. */
const comparedOn = async (
  work: StepWork,
  contestants: readonly [Awaited<ReturnType<typeof wasm>>, ReturnType<typeof pytorch>[number]],
  quick: boolean,
): Promise<Compared | undefined> => {
  const { run, rows } = contest(work satisfies Work, stepFlops(work), contestants);
  await run(Math.ceil(roundsOf(work, quick)));
  const [ours, theirs] = rows();
  if (ours === undefined || theirs === undefined) return undefined;
  return {
    name: work.name,
    ours,
    theirs,
    ratio: over(theirs.processor_ms, ours.processor_ms),
    ratio_by_clock: over(theirs.median_ms, ours.median_ms),
    ...(work.kind === "step" && !quick ? { floors: await floorsOf(work, work.backbone === "compact" ? 20 : 3) } : {}),
  };
};

export const benchOneThread = async ({
  asJson,
  quick,
  network,
}: {
  readonly asJson: boolean;
  readonly quick: boolean;
  readonly network: string | undefined;
}): Promise<void> => {
  const ours = await wasm(1);
  const [theirs] = pytorch([1]);
  if (theirs === undefined) return;
  const found: Compared[] = [];
  for (const work of works.filter(({ backbone }) => network === undefined || backbone === network)) {
    const one = await comparedOn(work, [ours, theirs], quick);
    if (one === undefined) continue;
    found.push(one);
    const lines = [lineOf(work, one), ...(one.floors === undefined ? [] : floorLines(work, one.floors))];
    if (!asJson) process.stdout.write(`${lines.join("\n")}\n`);
  }
  process.stdout.write(asJson ? `${JSON.stringify({ backend: ours.backend, works: found }, null, 2)}\n` : `${ours.backend}, one thread\n`);
  for (const contestant of [ours, theirs]) await contestant.close();
};
