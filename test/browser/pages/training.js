/** A short training run that is the same on every engine, in Node and in a page: what the browser tests compare. */
import {
  adamScalars,
  advancer,
  carriedLayout,
  compactBackbone,
  firstCarried,
  generate,
  normals,
  objectiveOf,
  readAll,
  seeded,
  split,
  steps,
  trainingStep,
  uniforms,
  usualAdam,
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
  objective: objectiveOf({ method: "triplet-mdr", variant: "paper", miner: "distance-weighted", lambda: 0.2 }),
  adam: usualAdam,
  mode: "train",
  images: [BATCH, side, side, 3],
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

/** What each step is given. @param {Size} size @param {import("mdr-ts").StepSettings} settings */
async function* givens({ side, steps: count }, { adam }) {
  for (let step = 1; step <= count; step++) {
    const [drawn] = uniforms(BATCH * BATCH, split(seeded(11), step));
    const given = {
      images: pictures(side, step),
      labels: generate([BATCH], (index) => index % CLASSES),
      "draws.loss.miner": generate([BATCH, BATCH], (index) => Math.fround(drawn[index] ?? 0)),
      ...adamScalars(step, 4e-2, adam),
    };
    yield/** @type {const} */ ({ _tag: "Right", right: given });
  }
}

/** Every loss, and every number that the last step hands on. @template T @param {import("mdr-ts").Engine<T>} engine @param {Size} size @returns {Promise<Trained>} */
export const trained = async (engine, size) => {
  const settings = settingsOf(size);
  const advancing = right(await advancer(engine, trainingStep(settings), 1)());
  const origin = { layout: carriedLayout(settings), carried: firstCarried(settings, 3), step: 0 };
  /** @type {number[]} */
  const losses = [];
  /** @type {number[]} */
  let state = [];
  for await (const next of steps(engine, advancing, origin, givens(size, settings), size.steps)) {
    if (next._tag === "Left") throw new Error(next.left.fault.message);
    losses.push(...next.right.observed.map(({ loss }) => loss));
    if (next.right.done === size.steps)
      state = Object.values(right(await readAll(origin.layout, next.right.carried)())).flatMap(({ data }) => [...data]);
  }
  advancing.close();
  const { device, backend } = engine.info;
  return { device, backend, losses, state };
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
