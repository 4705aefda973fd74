/**
 * `npm run bench -- memory`: what programs take on the wasm engine, by its own measure, before anything runs: the
 * objective at N = D = 512 (how many constants its formulas ask for, how many are kept), and whole steps by batch.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Kernels, someEngine } from "#mdr/engines/index.js";
import { planFor } from "#mdr/engines/wasm/engine.js";
import { type WasmEngine, type WasmTensor, wasmEngine } from "#mdr/engines/wasm/index.js";
import { type Layout, named, prefixed, scalar, shapesOf, sizeOf, under, unflatten } from "#mdr/tensor/index.js";
import { must, objectiveOfSteps, type StepWork, stepOf } from "./step.js";

const mebibytes = (bytes: number): number => bytes / 2 ** 20;

interface ObjectiveRow {
  readonly name: string;
  /** Constants of N * N entries that the formulas ask for, and those that the plan keeps. */
  readonly masks_asked: number;
  readonly masks_kept: number;
  readonly plan_mib: number;
}

/** The objective with its pullback, alone: embeddings [count, count] in, their gradient out. */
const objectiveRow = (count: number): ObjectiveRow => {
  const objective = objectiveOfSteps();
  const layout: Layout = Object.entries({
    ...Object.fromEntries(Object.entries(prefixed("parameter", objective.parameters)).map(([name, { shape }]) => [name, shape])),
    ...Object.fromEntries(Object.entries(prefixed("state", objective.state)).map(([name, { shape }]) => [name, shape])),
    ...prefixed("draws", objective.draws(count)),
    embeddings: [count, count],
    labels: [count],
  }).map(([name, shape]) => ({ name, shape }));
  let asked = 0;
  const program = (kernels: Kernels<WasmTensor>, inputs: readonly WasmTensor[]): readonly WasmTensor[] => {
    const k: Kernels<WasmTensor> = {
      ...kernels,
      constant: (t) => {
        if (sizeOf(t.shape) === count * count) asked += 1;
        return kernels.constant(t);
      },
    };
    const given = unflatten(layout, inputs);
    const judged = objective.forward(k)(under("parameter", given), under("state", given), {
      embeddings: named(given, "embeddings"),
      labels: named(given, "labels"),
      draws: under("draws", given),
    });
    const pulled = judged.pull(k.constant(scalar(1)));
    return [
      judged.loss,
      ...Object.values(judged.parts),
      ...Object.values(judged.state),
      pulled.embeddings,
      ...Object.values(pulled.parameters),
    ];
  };
  const { bytes, slots, places } = planFor({ threads: 1, winograd: true }, shapesOf(layout), program);
  const kept = slots.filter(({ kind, size }, slot) => kind === "constant" && size === count * count && places.has(slot)).length;
  return { name: `objective at N = D = ${count}`, masks_asked: asked, masks_kept: kept, plan_mib: mebibytes(bytes) };
};

interface StepRow {
  readonly name: string;
  readonly batch: number;
  readonly needed_mib: number;
  readonly available_mib: number;
}

const stepRow = (engine: WasmEngine, work: StepWork): StepRow => {
  const { shapes, program } = stepOf(work);
  const measured = someEngine(engine)(({ measure }) => measure?.(shapes, program));
  if (measured === undefined) throw new Error("the wasm engine measures");
  if (E.isLeft(measured)) throw new Error(measured.left.message);
  const { needed, available } = measured.right;
  return {
    name: `step ${work.backbone} at ${work.side}`,
    batch: work.batch,
    needed_mib: mebibytes(needed),
    available_mib: mebibytes(available),
  };
};

export const benchMemory = async (works: readonly StepWork[], { asJson }: { readonly asJson: boolean }): Promise<void> => {
  const engine = await must(wasmEngine({ threads: 2 }));
  const objectives = [objectiveRow(512)];
  const steps = works.flatMap((work) => [16, 32, 64, 128, 256].map((batch) => stepRow(engine, { ...work, batch })));
  await must(engine.close);
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ objectives, steps }, null, 2)}\n`);
    return;
  }
  const lines = [
    ...objectives.map(
      ({ name, masks_asked, masks_kept, plan_mib }) =>
        `${name}: ${masks_asked} constants of N x N asked for, ${masks_kept} kept, plan ${plan_mib.toFixed(1)} MiB`,
    ),
    ...steps.map(
      ({ name, batch, needed_mib, available_mib }) =>
        `${name}, batch ${batch}: needs ${needed_mib.toFixed(0)} MiB of ${available_mib.toFixed(0)}${needed_mib > available_mib ? ", more than there is" : ""}`,
    ),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
};
