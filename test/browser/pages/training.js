/** A short training run that is the same on every engine, in Node and in a page: what the browser tests compare. */
import {
  adamScalars,
  compactBackbone,
  firstCarried,
  generate,
  initialise,
  normals,
  readObserved,
  seeded,
  split,
  trainingStep,
  uniforms,
  usualAdam,
  vector,
  wasmEngine,
} from "mdr-ts";
import { openBackend, right } from "./backends.js";

const BATCH = 8;
const CLASSES = 2;

/**
 * @typedef {{ readonly width: number, readonly stages: number, readonly side: number, readonly steps: number }} Size
 * @typedef {{ readonly device: string, readonly backend: string, readonly losses: readonly number[], readonly state: readonly number[] }} Trained
 */

/** @param {Size} size @returns {import("mdr-ts").StepSettings} */
const settingsOf = ({ width, stages, side }) => ({
  network: compactBackbone({ width, stages, embedding: 4 }),
  objective: { method: "triplet-mdr", variant: "paper", lambda: 0.2, nu: 0.01, gamma: 0.9, margin: 0.2, miner: "distance-weighted" },
  adam: usualAdam,
  mode: "train",
  images: [BATCH, side, side, 3],
  levels: 3,
});

/** Pictures of a class: its own pattern, under noise. @param {number} side @param {number} step */
const pictures = (side, step) => {
  const numbers = side * side * 3;
  const [noise] = normals(BATCH * numbers, split(seeded(7), step));
  return generate([BATCH, side, side, 3], (flat) => {
    const picture = Math.floor(flat / numbers);
    return Math.fround(Math.sin((flat % numbers) * (0.2 + 0.1 * (picture % CLASSES))) + 0.5 * (noise[flat] ?? 0));
  });
};

/** Every loss, and every number that the last step hands on. @template T @param {import("mdr-ts").Engine<T>} engine @param {Size} size @returns {Promise<Trained>} */
export const trained = async (engine, size) => {
  const settings = settingsOf(size);
  const { carried, shapes, program } = trainingStep(settings);
  const compiled = right(await engine.compile(shapes, program)());
  const { parameters, state: running } = settings.network;
  const begun = firstCarried(settings, initialise(parameters, 3), initialise(running, 3), vector([-3, 0, 3]));
  /** @type {readonly import("mdr-ts").Resident[]} */
  let state = carried.map(({ name, shape }) => engine.upload(begun[name] ?? generate(shape, () => Number.NaN)));
  const losses = [];
  for (let step = 1; step <= size.steps; step++) {
    const [drawn] = uniforms(BATCH * BATCH, split(seeded(11), step));
    const { learningRate, correction1, correction2 } = adamScalars(step, 4e-2, settings.adam);
    const given = [
      pictures(size.side, step),
      generate([BATCH], (index) => index % CLASSES),
      generate([BATCH, BATCH], (index) => Math.fround(drawn[index] ?? 0)),
      learningRate,
      correction1,
      correction2,
    ].map(engine.upload);
    const outputs = right(await compiled.run([...state, ...given])());
    const row = outputs.at(-1);
    if (row === undefined) throw new Error("the step observed nothing");
    losses.push(readObserved(right(await row.read())).loss);
    for (const resident of [...state, ...given, row]) resident.release();
    state = outputs.slice(0, -1);
  }
  const tensors = await Promise.all(state.map(async (resident) => right(await resident.read())));
  compiled.close();
  const { device, backend } = engine.info;
  return { device, backend, losses, state: tensors.flatMap(({ data }) => [...data]) };
};

/** @param {import("mdr-ts").WasmOptions} options @param {Size} size */
export const onWasm = async (options, size) => {
  const engine = right(await wasmEngine(options)());
  const result = await trained(engine, size);
  right(await engine.close());
  return result;
};

/** @param {import("./backends.js").BackendName} backend @param {Size} size @returns {Promise<Trained | { readonly reason: string }>} */
export const onBackend = async (backend, size) => {
  const opened = await openBackend(backend);
  if ("reason" in opened) return opened;
  const result = await opened.engine((engine) => trained(engine, size));
  await opened.close();
  return result;
};
