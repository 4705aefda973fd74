/**
 * `npm run bench -- profile`: where a training step's time goes on the wasm engine, by kind of command, on one thread.
 * Each command is timed by itself, so the sum is a little more than a step takes.
 */
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { must, prepareStep, type StepWork, stepFlops } from "./step.js";

interface Spent {
  readonly launches: number;
  readonly milliseconds: number;
}

/** Commands of a step, grouped by what they are for. */
export const groups: readonly (readonly [name: string, opcodes: readonly string[]])[] = [
  ["3x3 convolutions of stride 1 (Winograd)", ["Winograd", "WinogradWeights", "WinogradWeightTile", "WinogradWeightSum"]],
  ["other convolutions and products", ["Tile", "WeightTile", "WeightSum", "Pack", "Pad", "Fill", "Transpose"]],
  [
    "batch normalisation, relu, residual sums",
    ["BatchMoments", "BatchCombine", "ChannelAffine", "BatchPullSums", "BatchPullCombine", "BatchPullApply", "AddRelu", "ReluPull"],
  ],
  ["Adam", ["Adam"]],
];

const profileOf = async (work: StepWork, steps: number): Promise<ReadonlyMap<string, Spent>> => {
  const spent = new Map<string, Spent>();
  const watch = (opcode: string, milliseconds: number): void => {
    const before = spent.get(opcode) ?? { launches: 0, milliseconds: 0 };
    spent.set(opcode, { launches: before.launches + 1, milliseconds: before.milliseconds + milliseconds });
  };
  const engine = await must(wasmEngine({ threads: 1, watch }));
  const step = await prepareStep(engine, work);
  for (let warm = 0; warm < 2; warm++) await step.run();
  spent.clear();
  for (let index = 0; index < steps; index++) await step.run();
  step.forget();
  await must(engine.close);
  return new Map(
    [...spent].map(([opcode, { launches, milliseconds }]) => [opcode, { launches: launches / steps, milliseconds: milliseconds / steps }]),
  );
};

export const benchProfile = async (
  work: StepWork,
  { asJson, quick }: { readonly asJson: boolean; readonly quick: boolean },
): Promise<void> => {
  const spent = await profileOf(work, quick ? 3 : 10);
  const total = [...spent.values()].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const sumOf = (opcodes: readonly string[]): number => opcodes.reduce((sum, opcode) => sum + (spent.get(opcode)?.milliseconds ?? 0), 0);
  const known = groups.map(([name, opcodes]) => ({ name, milliseconds: sumOf(opcodes) }));
  const rest = total - known.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const grouped = [...known, { name: "distances, mining, losses and the rest", milliseconds: rest }];
  const commands = [...spent].map(([opcode, figures]) => ({ opcode, ...figures })).toSorted((a, b) => b.milliseconds - a.milliseconds);
  if (asJson) {
    process.stdout.write(
      `${JSON.stringify({ name: work.name, milliseconds: total, gflops: stepFlops(work) / total / 1e6, groups: grouped, commands }, null, 2)}\n`,
    );
    return;
  }
  const line = (name: string, milliseconds: number, launches = ""): string =>
    `${name.padEnd(44)} ${milliseconds.toFixed(2).padStart(9)} ms ${((100 * milliseconds) / total).toFixed(1).padStart(5)} % ${launches}`.trimEnd();
  const lines = [
    ...grouped.map(({ name, milliseconds }) => line(name, milliseconds)),
    "",
    ...commands.map(({ opcode, milliseconds, launches }) => line(opcode, milliseconds, `${launches} launches`)),
    "",
    line(`${work.name}, one thread`, total),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
};
