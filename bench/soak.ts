/**
 * `npm run bench -- soak [--steps N] [--backend wasm] [--json]`: the real training step of a tiny network, over and over
 * on the wasm engine (10,000 times) and on every GPU.js backend that works here (5,000 times), each step fed what the last
 * one gave. Memory is read every tenth of the way, after a collection; what can be counted of what an engine holds is.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as E from "fp-ts/lib/Either.js";
import { type GpuBackend, gpuEngine } from "#mdr/engines/gpu/index.js";
import { loadLibrary } from "#mdr/engines/gpu/library.js";
import { type SomeEngine, someEngine } from "#mdr/engines/index.js";
import { type WasmEngine, wasmEngine } from "#mdr/engines/wasm/index.js";
import type { Fault } from "#mdr/faults/index.js";
import { compactBackbone } from "#mdr/nn/index.js";
import { usualAdam } from "#mdr/optim/index.js";
import { generate, type Named, type Tensor } from "#mdr/tensor/index.js";
import { advancer, firstCarried, objectiveOf, type StepSettings, steps, trainingStep } from "#mdr/train/index.js";
import { must } from "./step.js";

const backends = ["wasm", "webasm", "cpu", "headlessgl", "webgpu"] as const satisfies readonly ("wasm" | GpuBackend)[];

type Backend = (typeof backends)[number];

interface Reading {
  readonly step: number;
  readonly rss_mb: number;
  readonly external_mb: number;
  readonly array_buffers_mb: number;
  readonly heap_mb: number;
  /** Textures (WebGL) or buffers (WebGPU) made and not deleted, bytes of regions (wasm); null where nothing counts them. */
  readonly live_handles: number | null;
}

interface Soaked {
  readonly backend: Backend;
  readonly steps: number;
  readonly seconds: number;
  readonly readings: readonly Reading[];
  /** From a fifth of the way, when caches are full, to the end. */
  readonly growth_mb: number;
  readonly verdict: "no leak" | "leaks";
}

/** Growth of resident memory that a heap and a driver may still show without a leak: under 10 kB a step of 5,000. */
const allowedGrowth = 40;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

type Made = Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;

/** Counts what `make` makes less what `drop` drops, on the object or prototype that has both. */
const counted = (makes: object, make: string, drops: object, drop: string): (() => number) => {
  const live = new Set<unknown>();
  const [making, dropping] = [(makes as Made)[make], (drops as Made)[drop]];
  Object.assign(makes, {
    [make](this: unknown, ...given: readonly unknown[]) {
      const one = making?.apply(this, given as unknown[]);
      live.add(one);
      return one;
    },
  });
  Object.assign(drops, {
    [drop](this: unknown, ...given: readonly unknown[]) {
      live.delete(given[0] ?? this);
      return dropping?.apply(this, given as unknown[]);
    },
  });
  return () => live.size;
};

/** Watches the driver's objects of a backend: textures of headless-gl's contexts, buffers of the WebGPU device. */
const watched = async (backend: GpuBackend): Promise<() => number | null> => {
  const library = await loadLibrary();
  const context = library.HeadlessGLKernel.testContext;
  if (backend === "headlessgl" && context !== null) {
    const prototype = Object.getPrototypeOf(context) as object;
    return counted(prototype, "createTexture", prototype, "deleteTexture");
  }
  if (backend === "webgpu") {
    const { device } = await library.WebGPUContext.acquire();
    const { GPUBuffer } = globalThis as unknown as { readonly GPUBuffer: { readonly prototype: object } };
    return counted(device, "createBuffer", GPUBuffer.prototype, "destroy");
  }
  return () => null;
};

const tiny: StepSettings = {
  network: compactBackbone({ width: 4, depth: 0, embedding: 8 }),
  objective: objectiveOf({ method: "triplet-mdr", variant: "paper", miner: "distance-weighted", lambda: 0.6 }),
  adam: usualAdam,
  mode: "train",
  // Large enough that webasm takes its threads.
  images: [8, 24, 24, 3],
};

/** The same batch again and again, uploaded anew each time. */
async function* batches(step: ReturnType<typeof trainingStep>): AsyncGenerator<E.Either<Fault, Named<Tensor>>> {
  const value = (name: string, i: number): number => (name === "labels" ? Math.floor(i / 2) : 0.3 + 0.1 * Math.sin(1.7 * i + name.length));
  const given = Object.fromEntries(step.given.map(({ name, shape }) => [name, generate(shape, (i) => value(name, i))]));
  for (;;) yield E.right(given);
}

const megabytes = (bytes: number): number => bytes / 2 ** 20;

/** An engine that is open, and how to count what it holds. */
interface Subject {
  readonly engine: SomeEngine;
  readonly handles: () => number | null;
}

const opened = async (backend: Backend): Promise<E.Either<Fault, Subject>> => {
  if (backend === "wasm") {
    return E.map((engine: WasmEngine): Subject => ({ engine: someEngine(engine), handles: () => engine.usage().used }))(
      await wasmEngine()(),
    );
  }
  const engine = await gpuEngine(backend)();
  return E.isLeft(engine) ? engine : E.right({ engine: someEngine(engine.right), handles: await watched(backend) });
};

const soak = async (backend: Backend, { engine: some, handles }: Subject, count: number, note: (line: string) => void): Promise<Soaked> => {
  const step = trainingStep(tiny);
  const engine = some(({ upload, close }) => ({ upload, close }));
  const advancing = await some((known) => must(advancer(known, step, 1)));
  const readings: Reading[] = [];
  const read = async (done: number): Promise<void> => {
    // Twice, with a turn between: finalisers of the first free what the second collects.
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
    const { rss, external, arrayBuffers, heapUsed } = process.memoryUsage();
    const reading = {
      step: done,
      rss_mb: megabytes(rss),
      external_mb: megabytes(external),
      array_buffers_mb: megabytes(arrayBuffers),
      heap_mb: megabytes(heapUsed),
      live_handles: handles(),
    };
    readings.push(reading);
    note(
      `${backend.padEnd(11)} step ${String(done).padStart(6)}  rss ${reading.rss_mb.toFixed(1)} MB  external ${reading.external_mb.toFixed(1)}  ` +
        `array buffers ${reading.array_buffers_mb.toFixed(1)}  heap ${reading.heap_mb.toFixed(1)}  live handles ${reading.live_handles ?? "-"}`,
    );
  };
  const start = performance.now();
  const every = Math.max(1, Math.round(count / 10));
  const origin = { layout: step.carried, carried: firstCarried(tiny, 1), step: 0 };
  for await (const next of steps(engine, advancing, origin, batches(step), count)) {
    if (E.isLeft(next)) throw new Error(next.left.fault.message);
    const { done } = next.right;
    if (done > 0 && (done % every === 0 || done === count)) await read(done);
  }
  const seconds = (performance.now() - start) / 1000;
  advancing.close();
  await must(engine.close);
  const settled = readings[Math.min(1, readings.length - 1)];
  const last = readings.at(-1);
  const growth_mb = (last?.rss_mb ?? 0) - (settled?.rss_mb ?? 0);
  const grown = (last?.live_handles ?? 0) > (settled?.live_handles ?? 0);
  return { backend, steps: count, seconds, readings, growth_mb, verdict: growth_mb > allowedGrowth || grown ? "leaks" : "no leak" };
};

/** Soaks every engine that works here, or the one named. */
export const benchSoak = async ({
  asJson,
  steps: wanted,
  backend: only,
}: {
  readonly asJson: boolean;
  readonly steps: number | undefined;
  readonly backend: string | undefined;
}): Promise<void> => {
  const note = (line: string): void => {
    (asJson ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const results: Soaked[] = [];
  for (const backend of backends.filter((name) => only === undefined || name === only)) {
    const subject = await opened(backend);
    if (E.isLeft(subject)) {
      note(`${backend}: ${subject.left.message}`);
      continue;
    }
    const count = wanted ?? (backend === "wasm" ? 10_000 : 5000);
    const result = await soak(backend, subject.right, count, note);
    results.push(result);
    note(
      `${backend.padEnd(11)} ${result.steps} steps in ${result.seconds.toFixed(0)} s: resident memory grew by ${result.growth_mb.toFixed(1)} MB after step ` +
        `${result.readings[1]?.step ?? 0}: ${result.verdict}`,
    );
  }
  if (asJson) process.stdout.write(`${JSON.stringify({ soaks: results }, null, 2)}\n`);
  if (results.some(({ verdict }) => verdict === "leaks")) process.exitCode = 1;
};
