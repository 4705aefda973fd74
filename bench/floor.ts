/**
 * The roofline of a training step on one thread of the wasm engine: for each kind of command the time that it takes, and the least that
 * its multiply-adds take at the peak of 128-bit vectors, or its numbers (each read or written once) at the speed of a copy within the cache.
 */
import { planFor } from "#mdr/engines/wasm/engine.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { generate } from "#mdr/tensor/index.js";
import { groups } from "./profile.js";
import { must, prepared, prepareStep, type StepWork, stepOf } from "./step.js";

type Command = ReturnType<typeof planFor>["commands"][number];

/** Milliseconds of a group of commands, as measured and at the least. */
export interface Floor {
  readonly name: string;
  readonly measured: number;
  readonly arithmetic: number;
  readonly memory: number;
  /** Of each command the larger of the two, summed. */
  readonly least: number;
}

export interface Floors {
  readonly peak_gflops: number;
  readonly copy_gb_per_s: number;
  readonly groups: readonly Floor[];
}

/** Arguments whose product is the multiply-adds of a command; Winograd's have 36 for each. */
const factors: Readonly<Record<string, readonly number[]>> = {
  Tile: [3, 12, 9, 11],
  WeightTile: [3, 4, 5, 9, 11, 12],
  Winograd: [3, 13, 14, 6, 12],
  WinogradWeightTile: [3, 13, 14, 6, 12],
};

const multiplyAdds = ({ opcode, args }: Command): number =>
  (factors[opcode] ?? [0]).reduce(
    (product, at) => product * (opcode in factors ? Number(args[at]) : 0),
    opcode.startsWith("Winograd") ? 36 : 1,
  );

const groupOf = (opcode: string): string => groups.find(([, opcodes]) => opcodes.includes(opcode))?.[0] ?? "the rest";

const PEAK_ROUNDS = 200_000;
/** Numbers that are copied: as many as an activation has, which a third-level cache may hold, so that no bound is too high. */
const COPIED = 2 ** 20;

export const floorsOf = async (work: StepWork, rounds: number): Promise<Floors> => {
  let now = 0;
  const best: number[] = [];
  const watch = (_: string, milliseconds: number): void => {
    best[now] = Math.min(best[now] ?? Number.POSITIVE_INFINITY, milliseconds);
    now++;
  };
  const engine = await must(wasmEngine({ threads: 1, watch }));
  const fastest = async (run: () => unknown): Promise<number> => {
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 10; round++) {
      const start = performance.now();
      await run();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const peak = (PEAK_ROUNDS * 64) / (await fastest(() => engine.kernels.peak(PEAK_ROUNDS))) / 1e6;
  const numbers = engine.upload(generate([COPIED], () => 1));
  const copy = prepared(await must(engine.compile([[COPIED]], (k, inputs) => inputs.map((x) => k.affine(x, 2, 0)))), [numbers], -2);
  const bandwidth = (8 * COPIED) / (await fastest(copy.run)) / 1e6;
  copy.forget();

  const { shapes, program } = stepOf(work);
  const { commands, slots } = planFor({ threads: 1, winograd: true }, shapes, program);
  const step = await prepareStep(engine, work);
  for (let warm = 0; warm < 2; warm++) await step.run();
  best.length = 0;
  for (let round = 0; round < rounds; round++) {
    now = 0;
    await step.run();
  }
  step.forget();
  await must(engine.close);

  const sums = new Map<string, Floor>();
  commands.forEach((command, index) => {
    const name = groupOf(command.opcode);
    const before = sums.get(name) ?? { name, measured: 0, arithmetic: 0, memory: 0, least: 0 };
    const arithmetic = (2 * multiplyAdds(command)) / peak / 1e6;
    const touched = new Set(
      command.args.flatMap((argument) => (typeof argument === "object" && "slot" in argument ? [argument.slot] : [])),
    );
    const memory = [...touched].reduce((bytes, slot) => bytes + 4 * (slots[slot]?.size ?? 0), 0) / bandwidth / 1e6;
    sums.set(name, {
      name,
      measured: before.measured + (best[index] ?? 0),
      arithmetic: before.arithmetic + arithmetic,
      memory: before.memory + memory,
      least: before.least + Math.max(arithmetic, memory),
    });
  });
  return { peak_gflops: peak, copy_gb_per_s: bandwidth, groups: [...sums.values()].toSorted((a, b) => b.measured - a.measured) };
};

export const floorLines = (work: StepWork, { peak_gflops, copy_gb_per_s, groups: found }: Floors): readonly string[] => {
  const total = (of: (floor: Floor) => number): number => found.reduce((sum, floor) => sum + of(floor), 0);
  const all: Floor = {
    name: `${work.name}, all`,
    measured: total(({ measured }) => measured),
    arithmetic: total(({ arithmetic }) => arithmetic),
    memory: total(({ memory }) => memory),
    least: total(({ least }) => least),
  };
  return [
    `roofline: ${peak_gflops.toFixed(1)} GFLOP/s, ${copy_gb_per_s.toFixed(1)} GB/s; milliseconds measured (best of each command), of arithmetic, of memory, at the least`,
    ...[...found, all].map(
      ({ name, measured, arithmetic, memory, least }) =>
        `  ${name.padEnd(42)} ${[measured, arithmetic, memory, least].map((value) => value.toFixed(1).padStart(8)).join(" ")}   ${((100 * least) / measured).toFixed(0).padStart(3)} %`,
    ),
  ];
};
