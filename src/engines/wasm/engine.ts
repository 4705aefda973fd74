/** The engine record: residents in shared memory, and programs run as command lists there. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault, reasonOf } from "../../faults/index.js";
import { type Shape, sameShape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";
import type { Engine, Program, Resident } from "../engine.js";
import { type Arithmetic, arithmeticHere } from "./arithmetic.js";
import { checked } from "./checked.js";
import { COMMAND_WORDS } from "./command.js";
import { type Heap, heapOver, regionBytes } from "./heap.js";
import { recordingKernels } from "./kernels.js";
import { addressOf, instantiate, type KernelExports, loadModule } from "./module.js";
import { codeOf, type Plan, planOf } from "./plan.js";
import { openMemory, processors, startThreads, type Threads } from "./threads.js";
import { recorder, type WasmTensor } from "./trace.js";

/** How the wasm engine runs. */
export interface WasmOptions {
  /** Threads to compute with, the caller's among them; as many as there are processors if not given. */
  readonly threads?: number;
  /** Bytes that the engine's memory may grow to; at most, and by default, 4 GiB. */
  readonly memoryLimit?: number;
  /**
   * False: 3x3 convolutions of stride 1 go the direct way too. Winograd's takes a third of the time; it rounds a little
   * more, and a NaN or an infinity spoils the whole tiles of 4x4 results around it.
   */
  readonly winograd?: boolean;
  /** Told the opcode and milliseconds of each command, which then run one by one: for a profile. */
  readonly watch?: (opcode: string, milliseconds: number) => void;
  /** Whether threads may share memory, where the host lets them; without it there is one thread. True if not given. */
  readonly sharedMemory?: boolean;
  /**
   * How products are summed: `plain` rounds both, `fused` once, where the runtime has relaxed SIMD; other last bits. By itself
   * `fused` where the runtime has that without being asked to (Chromium, Node 22), and `plain` elsewhere and for a `binary`.
   */
  readonly arithmetic?: Arithmetic;
  /** Where kernels.wasm is, if not beside this module (a bundle); kernels-unshared.wasm and, for `fused`, kernels-fused.wasm lie beside it. */
  readonly binary?: URL;
}

const backends: Readonly<Record<Arithmetic, string>> = { plain: "wasm simd128", fused: "wasm relaxed simd" };

const PAGE = 65536;
const MOST_PAGES = 65536;
const FIRST_PAGES = 16;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The first axis of the largest input: what users call the batch size. */
const batchOf = (shapes: readonly Shape[]): number =>
  shapes.reduce<Shape>((largest, shape) => (sizeOf(shape) > sizeOf(largest) ? shape : largest), [])[0] ?? 1;

/** Bytes of a plan that a smaller batch would not save, at most: commands, constants, weights and scratch. */
const fixedBytes = ({ places, slots, commands }: Plan, batch: number): number =>
  [...places.keys()].reduce(
    (sum, slot) => {
      const { kind, size } = slots[slot] ?? { kind: "local", size: 0 };
      return kind === "constant" || size % batch !== 0 ? sum + 4 * size : sum;
    },
    4 * COMMAND_WORDS * commands.length,
  );

const tooLarge = (shapes: readonly Shape[], needed: number, available: number, plan?: Plan): Fault => {
  const batch = batchOf(shapes);
  const fixed = plan === undefined ? 0 : Math.min(needed, fixedBytes(plan, batch));
  const advice = Math.floor((batch * (available - fixed)) / Math.max(1, needed - fixed));
  return engineError(`the program needs ${mebibytes(needed)} and the wasm engine has ${mebibytes(available)} left within its limit`, {
    remedy:
      advice >= 1 && advice < batch
        ? `try a {batch} of ${advice} instead of ${batch}`
        : "use smaller images or a smaller network, or raise memoryLimit",
  });
};

interface Region {
  readonly address: number;
  readonly shape: Shape;
}

interface Machine {
  readonly heap: Heap;
  readonly kernels: KernelExports;
  readonly threads: Threads;
  readonly winograd: boolean;
  readonly watch: WasmOptions["watch"];
  readonly regions: WeakMap<Resident, Region>;
  readonly isOpen: () => boolean;
}

const residentAt = (machine: Machine, address: number, shape: Shape): Resident => {
  const { heap, regions } = machine;
  const resident: Resident = {
    shape,
    read: async () => {
      if (!machine.isOpen()) return E.left(engineError("the wasm engine is closed", { remedy: "read results before closing it" }));
      if (!regions.has(resident)) return E.left(engineError(`a resident ${showShape(shape)} was read after its release`));
      const numbers = new Float32Array(heap.memory.buffer, address, sizeOf(shape)).slice();
      return E.right(unsafeTensor(shape, numbers));
    },
    release: () => {
      if (regions.delete(resident)) heap.free(address);
    },
  };
  regions.set(resident, { address, shape });
  return resident;
};

/** A resident that never came to be: `upload` has no way to fail, so reading and running say what happened. */
const failedResident = (shape: Shape, available: number): Resident => ({
  shape,
  read: TE.left(tooLarge([shape], 4 * sizeOf(shape), available)),
  release: () => undefined,
});

const upload =
  (machine: Machine) =>
  (t: Tensor): Resident => {
    const place = machine.heap.allocate(4 * sizeOf(t.shape));
    if (E.isLeft(place)) return failedResident(t.shape, place.left);
    new Float32Array(machine.heap.memory.buffer, place.right, sizeOf(t.shape)).set(t.data as ArrayLike<number>);
    return residentAt(machine, place.right, t.shape);
  };

/** Puts the plan into memory at `base`. */
const install = (machine: Machine, plan: Plan, base: number, shapes: readonly Shape[]): Program => {
  const { heap, kernels, threads } = machine;
  const { words, patches } = codeOf(plan, kernels.opcode, base);
  new Int32Array(heap.memory.buffer, base, words.length).set(words);
  for (const [slot, offset] of plan.places) {
    const place = plan.slots[slot];
    if (place?.kind === "constant") new Float32Array(heap.memory.buffer, base + offset, place.size).set(place.data);
  }
  const inputPatches = plan.slots.flatMap((slot, index) =>
    slot.kind === "input" ? [{ position: slot.position, words: patches.get(index) ?? [] }] : [],
  );
  const outputPatches = plan.outputs.map(({ slot, shape }) => ({ shape, size: sizeOf(shape), words: patches.get(slot) ?? [] }));
  let open = true;

  const fault = (inputs: readonly Resident[]): Fault | undefined => {
    if (!open || !machine.isOpen())
      return engineError("the program was run after it or its engine was closed", { remedy: "compile it again" });
    if (inputs.length !== shapes.length) return engineError(`the program takes ${shapes.length} inputs, got ${inputs.length}`);
    const wrong = shapes.findIndex((shape, index) => !sameShape(shape, inputs[index]?.shape ?? []));
    if (wrong >= 0) {
      return engineError(
        `input ${wrong} of the program is ${showShape(shapes[wrong] ?? [])}, got ${showShape(inputs[wrong]?.shape ?? [])}`,
        {
          remedy: "upload a tensor of that shape, or compile for the new one",
        },
      );
    }
    const strange = inputs.findIndex((input) => !machine.regions.has(input));
    return strange >= 0
      ? engineError(`input ${strange} of the program is not in this engine's memory: it was released, or belongs to another engine`)
      : undefined;
  };

  const run = (inputs: readonly Resident[]): E.Either<Fault, readonly Resident[]> => {
    const wrong = fault(inputs);
    if (wrong !== undefined) return E.left(wrong);
    const results: Resident[] = [];
    const addresses: number[] = [];
    for (const { shape, size } of outputPatches) {
      const place = heap.allocate(4 * size);
      if (E.isLeft(place)) {
        for (const resident of results) resident.release();
        return E.left(tooLarge(shapes, 4 * size, place.left));
      }
      addresses.push(place.right);
      results.push(residentAt(machine, place.right, shape));
    }
    const code = new Int32Array(heap.memory.buffer, base, words.length);
    for (const { position, words: places } of inputPatches) {
      const input = inputs[position];
      const address = (input === undefined ? undefined : machine.regions.get(input)?.address) ?? 0;
      for (const { word, offset } of places) code[word] = address + offset;
    }
    outputPatches.forEach(({ words: places }, index) => {
      const address = addresses[index] ?? 0;
      for (const { word, offset } of places) code[word] = address + offset;
    });
    const perform = (first: number, count: number): void =>
      kernels.run(base + 4 * COMMAND_WORDS * first, count, threads.count, threads.maySleep ? 1 : 0);
    if (machine.watch === undefined) perform(0, plan.commands.length);
    else {
      for (const [index, { opcode }] of plan.commands.entries()) {
        const start = performance.now();
        perform(index, 1);
        machine.watch(opcode, performance.now() - start);
      }
    }
    return E.right(results);
  };

  return {
    run: (inputs) => async () => {
      try {
        return run(inputs);
      } catch (cause) {
        return E.left(engineError(`a wasm kernel failed: ${reasonOf(cause)}`));
      }
    },
    close: () => {
      if (open) heap.free(base);
      open = false;
    },
  };
};

/** A program as the plan of what its threads will do. */
export const planFor = (
  { threads, winograd }: { readonly threads: number; readonly winograd: boolean },
  ...[shapes, program]: Parameters<Engine<WasmTensor>["compile"]>
): Plan => {
  const record = recorder(threads);
  const inputs = shapes.map((shape, position) => record.input(shape, position));
  const outputs = program(checked(recordingKernels(record, winograd)), inputs);
  return planOf(record.trace(), outputs);
};

const planned =
  (machine: Machine) =>
  (...program: Parameters<Engine<WasmTensor>["compile"]>): E.Either<Fault, Plan> =>
    machine.isOpen()
      ? E.tryCatch(
          () => planFor({ threads: machine.threads.count, winograd: machine.winograd }, ...program),
          (cause) => engineError(`the program could not be traced: ${reasonOf(cause)}`),
        )
      : E.left(engineError("the wasm engine is closed", { remedy: "open another to compile programs" }));

const compile =
  (machine: Machine): Engine<WasmTensor>["compile"] =>
  (shapes, program) =>
  async () => {
    const plan = planned(machine)(shapes, program);
    if (E.isLeft(plan)) return plan;
    const place = machine.heap.allocate(plan.right.bytes);
    return E.isLeft(place)
      ? E.left(tooLarge(shapes, plan.right.bytes, place.left, plan.right))
      : E.right(install(machine, plan.right, place.right, shapes));
  };

/** A plan and the regions of its inputs and results, which are all there while it runs. */
const measure =
  (machine: Machine): NonNullable<Engine<WasmTensor>["measure"]> =>
  (shapes, program) =>
    pipe(
      planned(machine)(shapes, program),
      E.map(({ bytes, outputs }) => ({
        needed: [...shapes, ...outputs.map(({ shape }) => shape)].reduce(
          (sum, shape) => sum + regionBytes(4 * sizeOf(shape)),
          regionBytes(bytes),
        ),
        available: machine.heap.usage().free,
      })),
    );

/** The engine together with what benchmarks and tests may look at. */
export interface WasmEngine extends Engine<WasmTensor> {
  /** Bytes in use, and bytes that the memory has grown to. */
  readonly usage: Heap["usage"];
  readonly kernels: KernelExports;
}

const open = async ({
  threads: wanted,
  memoryLimit,
  winograd = true,
  watch,
  sharedMemory = true,
  binary,
  arithmetic,
}: WasmOptions & { readonly arithmetic: Arithmetic }): Promise<WasmEngine> => {
  const pages = Math.max(FIRST_PAGES, Math.min(MOST_PAGES, Math.floor((memoryLimit ?? MOST_PAGES * PAGE) / PAGE)));
  const opened = openMemory(Math.min(FIRST_PAGES, pages), pages, sharedMemory);
  const { memory, unshared } = opened;
  const module = await loadModule(addressOf(arithmetic, unshared === undefined, binary));
  const kernels = await instantiate(module, memory);
  const threads = await startThreads(module, opened, wanted ?? (await processors()), kernels.quit);
  let isOpen = true;
  const machine: Machine = {
    heap: heapOver(memory, pages * PAGE),
    kernels,
    threads,
    winograd,
    watch,
    regions: new WeakMap(),
    isOpen: () => isOpen,
  };
  return {
    info: {
      name: "wasm",
      backend: backends[arithmetic],
      device: `${threads.count} thread${threads.count === 1 ? "" : "s"}${threads.reason === undefined ? "" : ` (${threads.reason})`}`,
      roundOff: 2 ** -24,
    },
    upload: upload(machine),
    compile: compile(machine),
    measure: measure(machine),
    close: async () => {
      if (isOpen) await threads.close();
      isOpen = false;
      return E.right(undefined);
    },
    usage: machine.heap.usage,
    kernels,
  };
};

/**
 * The WebAssembly engine: float32 kernels with 128-bit vectors, on as many threads as asked for over one shared memory.
 * Results do not depend on the number of threads. Fails where the binary is missing or wasm SIMD is not supported.
 */
export const wasmEngine =
  (options: WasmOptions = {}): TE.TaskEither<Fault, WasmEngine> =>
  async () => {
    const wish = options.arithmetic ?? (options.binary === undefined ? undefined : "plain");
    const arithmetic = await arithmeticHere(wish);
    if (arithmetic === undefined)
      return E.left(
        engineError("this runtime has no fused multiply-add for WebAssembly (relaxed SIMD)", {
          remedy: "update it, or use {gpuMode} plain, which every machine can",
        }),
      );
    return TE.tryCatch(
      () => open({ ...options, arithmetic }),
      (cause) =>
        engineError(`the wasm engine did not start: ${reasonOf(cause)}`, {
          remedy: "it needs kernels.wasm (`npm run build` makes it) and a runtime with WebAssembly SIMD",
        }),
    )();
  };
