/** The engines of this package as contestants. */
import { gpuEngine } from "#mdr/engines/gpu/index.js";
import { type Engine, type Kernels, square } from "#mdr/engines/index.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { generate } from "#mdr/tensor/index.js";
import { absent, type Contestant, reasonOf, type Work } from "./contestant.js";
import { must, type Prepared, prepared, prepareInference, prepareStep } from "./step.js";

type ConvolutionWork = Extract<Work, { kind: "convolution" }>;

const prepareConvolution = async <T>(engine: Engine<T>, { direction, batch, side, channels }: ConvolutionWork): Promise<Prepared> => {
  const image = [batch, side, side, channels];
  const weights = [3, 3, channels, channels];
  const geometry = square(1, 1);
  const program = (k: Kernels<T>, [x, w, dy]: readonly T[]): readonly T[] => {
    if (x === undefined || w === undefined || dy === undefined) return [];
    if (direction === "forward") return [k.convolve(x, w, geometry)];
    return [direction === "toInput" ? k.convolveToInput(dy, w, geometry, image) : k.convolveToWeights(x, dy, geometry, weights)];
  };
  const shapes = [image, weights, image];
  const inputs = shapes.map((shape, index) => engine.upload(generate(shape, (flat) => Math.sin(flat + index))));
  const compiled = await must(engine.compile(shapes, program));
  return {
    ...prepared(compiled, inputs, Number.POSITIVE_INFINITY),
    run: async () => {
      for (const output of await must(compiled.run(inputs))) output.release();
    },
  };
};

const prepareWork = <T>(engine: Engine<T>, work: Work): Promise<Prepared> => {
  switch (work.kind) {
    case "step":
      return prepareStep(engine, work);
    case "inference":
      return prepareInference(engine, work);
    case "convolution":
      return prepareConvolution(engine, work);
  }
};

const contestant = <T>(name: string, threads: number, engine: Engine<T>): Contestant => {
  let current: { readonly work: Work; readonly ready: Prepared } | undefined;
  const forget = async (): Promise<void> => {
    current?.ready.forget();
    current = undefined;
  };
  const readyFor = async (work: Work): Promise<Prepared> => {
    if (current?.work === work) return current.ready;
    await forget();
    const ready = await prepareWork(engine, work);
    current = { work, ready };
    await ready.run();
    return ready;
  };
  return {
    engine: name,
    threads,
    measure: async (work) => {
      try {
        const ready = await readyFor(work);
        const [start, before] = [performance.now(), process.cpuUsage()];
        await ready.run();
        const { user, system } = process.cpuUsage(before);
        return { milliseconds: performance.now() - start, processor: (user + system) / 1000 };
      } catch (cause) {
        return { reason: reasonOf(cause) };
      }
    },
    forget,
    close: async () => {
      await forget();
      await must(engine.close);
    },
  };
};

export interface WasmContestant extends Contestant {
  /** One measurement of the arithmetic ceiling: GFLOP/s of the vector units without memory. */
  readonly peak: () => number;
  /** Which binary runs. */
  readonly backend: string;
}

const PEAK_ROUNDS = 500_000;
const PEAK_FLOPS = 64;

/** The wasm engine as it is, and with every convolution the direct way. */
export const wasm = async (threads: number, winograd = true): Promise<WasmContestant> => {
  const engine = await must(wasmEngine({ threads, winograd }));
  return {
    ...contestant(winograd ? "wasm" : "wasm direct", threads, engine),
    backend: engine.info.backend,
    peak: () => {
      const start = performance.now();
      engine.kernels.peak(PEAK_ROUNDS);
      return (PEAK_ROUNDS * PEAK_FLOPS) / (performance.now() - start) / 1e6;
    },
  };
};

export const gpuJsWebasm = async (): Promise<Contestant> => {
  try {
    return contestant("gpu.js webasm", 2, await must(gpuEngine("webasm")));
  } catch (cause) {
    return absent("gpu.js webasm", 2, reasonOf(cause));
  }
};
