/** Faults of the GPU.js engine: what cannot run says so, nothing leaks, and the process ends by itself. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, test } from "vitest";
import { type Opened, precisionProblem, strayed } from "../src/engines/gpu/backends.js";
import { termsOf } from "../src/engines/gpu/contraction.js";
import { type GpuTensor, gpuEngine, isSoftwareName } from "../src/engines/gpu/index.js";
import { loadLibrary, type Pipeline } from "../src/engines/gpu/library.js";
import { bytesNeeded } from "../src/engines/gpu/memory.js";
import { lower, tracer } from "../src/engines/gpu/plan.js";
import { coordinates, type Dialect, indexLimit } from "../src/engines/gpu/source.js";
import { type Engine, type Kernels, openEngine, type Resident, referenceEngine, square } from "../src/engines/index.js";
import { engineError, type Fault } from "../src/faults/index.js";
import { type Shape, zeros } from "../src/tensor/index.js";
import { unless } from "./missing.js";

const right = <A>(result: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const complaint = (result: E.Either<Fault, unknown>): string => (E.isLeft(result) ? result.left.message : "no complaint");

const library = await loadLibrary();
const webasm = right(await gpuEngine("webasm")());
afterAll(async () => {
  right(await webasm.close());
});

const compiled = (
  engine: Engine<GpuTensor>,
  shapes: readonly Shape[],
  program: (k: Kernels<GpuTensor>, inputs: readonly GpuTensor[]) => readonly GpuTensor[],
) => engine.compile(shapes, program)();

describe("what cannot run says what to do", () => {
  test("a tensor beyond what GPU.js can index names the batch that fits", async () => {
    const images = [64, 128, 128, 3];
    const program = await compiled(webasm, [images, [3, 3, 3, 64]], (k, [x, w]) => (x && w ? [k.convolve(x, w, square(1, 1))] : []));
    expect(complaint(program)).toMatch(/\[64 x 128 x 128 x 64\].*a batch of at most 16\b/);
  });

  test("a wrong shape names the input and both shapes", async () => {
    const program = right(await compiled(webasm, [[2, 3]], (k, inputs) => inputs.map((x) => k.map("square", x))));
    expect(complaint(await program.run([webasm.upload(zeros([3, 2]))])())).toContain("program input 0 must be [2 x 3], got [3 x 2]");
    expect(complaint(await program.run([])())).toContain("got nothing");
    expect(complaint(await program.run([referenceEngine.upload(zeros([2, 3]))])())).toContain("belongs to another engine");
    program.close();
  });

  test("shapes that do not broadcast or multiply name the lengths", async () => {
    expect(complaint(await compiled(webasm, [[2, 3], [4]], (k, [a, b]) => (a && b ? [k.zip("add", a, b)] : [])))).toContain(
      "axis 1 has lengths 3 and 4",
    );
    expect(
      complaint(
        await compiled(
          webasm,
          [
            [2, 3],
            [4, 5],
          ],
          (k, [a, b]) => (a && b ? [k.matmul(a, b)] : []),
        ),
      ),
    ).toContain("3 against 4");
  });

  test("a program that does not fit in memory says what it needs, and what fits, before it runs", async () => {
    const program = await compiled(
      webasm,
      [
        [4096, 1],
        [1, 4096],
      ],
      (k, [a, b]) => (a && b ? Array.from({ length: 70 }, (_, i) => k.affine(k.zip("add", a, b), i + 1, 0)) : []),
    );
    expect(complaint(program)).toMatch(/no room: .*need 44\d\d MB at once, and there are 4096 MB: a batch of 9\d % .*use a smaller batch/);
  });

  test("measure says the same before anything is compiled", async () => {
    const many = (count: number) =>
      webasm.measure?.(
        [
          [4096, 1],
          [1, 4096],
        ],
        (k, [a, b]) => (a && b ? Array.from({ length: count }, (_, i) => k.affine(k.zip("add", a, b), i + 1, 0)) : []),
      );
    const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
    const found = many(3);
    if (found === undefined || E.isLeft(found)) throw new Error("no measure");
    // Three results of 64 MiB, and two inputs.
    expect([megabytes(found.right.needed), found.right.available]).toEqual([192, 2 ** 32]);
    expect(found.right.needed % 2 ** 20).toBe(2 * 4096 * 4);
    const oversized = webasm.measure?.([[8192, 8192]], (k, [x]) => (x ? [k.map("square", x)] : []));
    expect(oversized && complaint(oversized)).toMatch(/a batch of at most 2048/);
  });

  test("devices without 32-bit floats are refused", () => {
    const features = { isTextureFloat: true, isFloatRead: true, maxTextureSize: 4096 };
    expect(precisionProblem(features)).toBeNull();
    expect(precisionProblem({ ...features, isTextureFloat: false })).toMatch(/hold no 32-bit floats.*16-bit.*refused/);
    expect(precisionProblem({ ...features, isFloatRead: false })).toMatch(/cannot be read back as 32-bit floats.*packed.*refused/);
  });

  test("a device's own limit on a tensor names the batch that fits", () => {
    const trace = tracer({ exactDivision: true, bitwise: true, maximumInputs: 8, tile: "cells", unroll: 1 }, 1000);
    expect(() => trace.input([100, 30], 0)).toThrow(/\[100 x 30\].*3000 entries.*1000 here.*a batch of at most 33\b/);
    expect(() => trace.input([1, 3000], 1)).toThrow(/make the network or the images smaller/);
  });

  test("a browser's backend is refused in Node with its reason", async () => {
    expect(complaint(await gpuEngine("webgl2")())).toContain("it belongs to");
  });
});

describe("the backend that ran is the one asked for", () => {
  const ran = (backend: string, executorKind: string, fallbackReason: string | null): Pipeline =>
    ({ backend, executorKind, fallbackReason }) as unknown as Pipeline;
  const asked = (backend: Opened["backend"]): Opened => ({ backend }) as unknown as Opened;

  test("a silent fallback is seen", () => {
    expect(strayed(asked("webasm"), ran("cpu", "generic", "no SIMD"))).toMatch(/asked for webasm, but .* ran the plan on cpu .*no SIMD/);
    expect(strayed(asked("webgpu"), ran("webgpu", "generic", "vectors"))).toContain("generic");
    expect(strayed(asked("headlessgl"), ran("cpu", "generic", null))).toContain("ran the plan on cpu");
  });
  test("the right one is not complained of", () => {
    expect(strayed(asked("webasm"), ran("webasm", "fused-threaded", null))).toBeNull();
    expect(strayed(asked("webgpu"), ran("webgpu", "fused-encoder", null))).toBeNull();
    expect(strayed(asked("headlessgl"), ran("gpu", "generic", "requires webasm"))).toBeNull();
  });

  test("a software rasteriser is not taken for a GPU", async () => {
    for (const name of ["llvmpipe (LLVM 15.0.6, 256 bits)", "google swiftshader", "Microsoft Basic Render Driver"]) {
      expect({ name, software: isSoftwareName(name) }).toEqual({ name, software: true });
    }
    for (const name of ["NVIDIA H200", "AMD Radeon RX 7900", "Apple M2", "Intel Iris Xe"]) {
      expect({ name, software: isSoftwareName(name) }).toEqual({ name, software: false });
    }
    const best = right(await gpuEngine("auto")());
    if (best.info.backend === "webasm") expect(best.info.device).toMatch(/webgpu.*headlessgl/s);
    right(await best.close());
    const chosen = right(await openEngine({ engine: "auto", gpuMode: "auto" })());
    await chosen.close();
    for (const backend of ["webgpu", "headlessgl"] as const) {
      const opened = await gpuEngine(backend)();
      if (E.isLeft(opened)) continue;
      const { device } = opened.right.info;
      right(await opened.right.close());
      if (isSoftwareName(device)) expect(chosen.why).toContain(`${backend} would run on ${device}, which is not a GPU`);
    }
  });
});

describe("the plan", () => {
  const dialect: Dialect = { exactDivision: true, bitwise: true, maximumInputs: 8, tile: "cells", unroll: 1 };
  test("drops what nothing reads, makes nothing twice, and joins chains", () => {
    const trace = tracer(dialect, indexLimit);
    const x = trace.input([4, 4], 0);
    const launch = (key: string): GpuTensor => trace.launch(key, [4, 4], [x], () => "function (a0) { return a0[this.thread.x]; }");
    const unread = launch("unread");
    const [once, twice] = [launch("kept"), launch("kept")];
    const sum = trace.pointwise("$0 + $1", [4, 4], [trace.pointwise("$0 * 2.0", [4, 4], [once]), twice]);
    const launches = lower([sum.handle], dialect);
    expect(once.handle).toBe(twice.handle);
    expect(launches.map(({ node }) => node)).not.toContain(unread.handle);
    expect(launches).toHaveLength(2);
  });
  test("a chain reads no more arrays than the backend can bind", () => {
    const trace = tracer(dialect, indexLimit);
    const inputs = Array.from({ length: 30 }, (_, place) => trace.input([8], place));
    const total = inputs.reduce((left, input) => trace.pointwise("$0 + $1", [8], [left, input]));
    const launches = lower([total.handle], dialect);
    expect(launches.length).toBeGreaterThan(1);
    expect(Math.max(...launches.map((launch) => launch.inputs.length))).toBeLessThanOrEqual(dialect.maximumInputs);
  });
  test("knows what it needs in memory: results take the place of those that nothing reads any more", () => {
    const trace = tracer(dialect, indexLimit);
    const link = (x: GpuTensor, key: number): GpuTensor => trace.launch(`${key}`, [100], [x], () => "");
    const first = trace.input([100], 0);
    const last = [1, 2, 3, 4, 5].reduce(link, first);
    const bytes = (...outputs: readonly GpuTensor[]): number => {
      const nodes = outputs.map(({ handle }) => handle);
      return bytesNeeded(lower(nodes, dialect), nodes);
    };
    // The input, and two places in turn.
    expect(bytes(last)).toBe(3 * 400);
    // Each result is asked for.
    expect(bytes(...[1, 2, 3, 4, 5].map((count) => [1, 2, 3, 4, 5].slice(0, count).reduce(link, first)))).toBe(6 * 400);
  });
  test("several terms a turn are the same terms in the same order", () => {
    const placesOf = (length: number, unroll: number): readonly (readonly [number, number])[] => {
      const loop = termsOf("t", length, [2, 5], (p, q) => `seen.push([${p}, ${q}]);`, unroll);
      return new Function(`const seen = []; let p = 1; let q = 7; ${loop} seen.push([p, q]); return seen;`)() as [number, number][];
    };
    for (const length of [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 35]) {
      const expected = Array.from({ length: length + 1 }, (_, k) => [1 + 2 * k, 7 + 5 * k]);
      for (const unroll of [1, 2, 4]) expect(placesOf(length, unroll)).toEqual(expected);
    }
    expect(termsOf("t", 12, [1, 1], (p) => `${p};`, 4)).toContain("t < 3;");
    expect(termsOf("t", 35, [1, 1], (p) => `${p};`, 4)).toContain("t < 35;");
  });
  test("inexact division still finds every coordinate", () => {
    const shape = [3, 1, 5, 7];
    const gpu: Dialect = { ...dialect, exactDivision: false };
    const find = new Function("i", `${coordinates(gpu, shape, ["n", "y", "x", "c"])} return [n, y, x, c];`) as (
      i: number,
    ) => readonly number[];
    const flat = ([n = 0, y = 0, x = 0, c = 0]: readonly number[]): number => ((n + y) * 5 + x) * 7 + c;
    expect(Array.from({ length: 105 }, (_, i) => flat(find(i)))).toEqual(Array.from({ length: 105 }, (_, i) => i));
  });
});

test("5,000 steps leave memory where it was", async () => {
  const program = right(
    await compiled(
      webasm,
      [
        [64, 32],
        [32, 32],
      ],
      (k, [x, w]) => (x && w ? [k.affine(k.map("relu", k.matmul(x, w)), 0.5, 0.1), w] : []),
    ),
  );
  let carried = [webasm.upload(zeros([64, 32])), webasm.upload(zeros([32, 32]))];
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Array buffers that are collected are freed by another thread, a moment later.
  const used = async (): Promise<number> => {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
    return process.memoryUsage().external;
  };
  const steps = async (count: number): Promise<void> => {
    for (let step = 0; step < count; step++) carried = [...right(await program.run(carried)())];
  };
  await steps(1_000);
  const before = await used();
  await steps(4_000);
  // 12 kB a step would be 48 MB.
  expect((await used()) - before).toBeLessThan(8 * 2 ** 20);
  program.close();
}, 60_000);

/** Skipped where the engine did not open, with what it says. */
const onWorking = (opened: E.Either<Fault, unknown>) => unless(E.isLeft(opened) ? opened.left.message : "");

const gl = await gpuEngine("headlessgl")();
test("headless-gl keeps no textures", onWorking(gl), async () => {
  const engine = right(gl);
  const program = right(await compiled(engine, [[64, 64]], (k, [x]) => (x ? [k.affine(k.matmul(x, x), 0.5, 0.1)] : [])));
  const carried = [engine.upload(zeros([64, 64]))];
  const once = async (): Promise<void> => {
    for (const result of right(await program.run(carried)())) result.release();
  };
  for (let step = 0; step < 50; step++) await once();
  const before = process.memoryUsage().rss;
  for (let step = 0; step < 300; step++) await once();
  // 2 MB a step would be 600.
  expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(100);
  program.close();
  right(await engine.close());
});

const textures = await gpuEngine("headlessgl")();
test("on WebGL results stay in textures until they are released", onWorking(textures), async () => {
  const engine = right(textures);
  const read = async (resident: Resident | undefined) => Array.from(right((await resident?.read()) ?? E.left(engineError("none"))).data);
  // Textures made and not deleted; headless-gl's contexts share a prototype.
  const prototype = Object.getPrototypeOf(library.HeadlessGLKernel.testContext) as {
    createTexture: () => unknown;
    deleteTexture: (texture: unknown) => void;
  };
  const { createTexture, deleteTexture } = prototype;
  const live = new Set<unknown>();
  prototype.createTexture = function () {
    const made = createTexture.call(this);
    live.add(made);
    return made;
  };
  prototype.deleteTexture = function (texture) {
    live.delete(texture);
    deleteTexture.call(this, texture);
  };
  const [first, second] = [
    right(await compiled(engine, [[4], [4]], (k, [x, y]) => (x && y ? [k.zip("add", x, y), x, k.zip("add", x, y)] : []))),
    right(await compiled(engine, [[4]], (k, [x]) => (x ? [k.map("square", x)] : []))),
  ];
  const [x, y] = [1, 2].map((value) => engine.upload({ shape: [4], data: Float32Array.of(value, value, value, value) }));
  if (x === undefined || y === undefined) throw new Error("no uploads");
  const [sum, same, again] = right(await first.run([x, y])());
  if (sum === undefined) throw new Error("no sum");
  const [nine] = right(await second.run([sum])());
  // Each output is released by itself, an input handed through too.
  sum.release();
  x.release();
  expect(await Promise.all([nine, same, again].map(read))).toEqual([9, 1, 3].map((value) => [value, value, value, value]));
  expect(complaint(await sum.read())).toContain("released");
  expect(complaint(await second.run([sum])())).toContain("released");

  // A program that closes takes nothing from the others.
  second.close();
  nine?.release();
  const [more] = right(await first.run([y, y])());
  expect(await read(more)).toEqual([4, 4, 4, 4]);
  const steady = live.size;
  let carried = y;
  for (let step = 0; step < 50; step++) {
    const [next, ...rest] = right(await first.run([carried, y])());
    if (next === undefined) throw new Error("no result");
    for (const resident of step === 0 ? rest : [carried, ...rest]) resident.release();
    carried = next;
  }
  expect(await read(carried)).toEqual([102, 102, 102, 102]);
  expect(live.size).toBeLessThanOrEqual(steady + 2);
  Object.assign(prototype, { createTexture, deleteTexture });
  expect(complaint(await right(await compiled(webasm, [[4]], (k, [v]) => (v ? [k.map("square", v)] : []))).run([carried])())).toContain(
    "belongs to another engine",
  );
  first.close();
  right(await engine.close());
});

const lost = await gpuEngine("headlessgl")();
test("a lost OpenGL context is an error with advice", onWorking(lost), async () => {
  const engine = right(lost);
  // headless-gl cannot lose a context by itself; its own extension takes one away. Contexts share a prototype.
  type Context = { readonly getExtension: (name: string) => { readonly destroy: () => void } };
  const prototype = Object.getPrototypeOf(library.HeadlessGLKernel.testContext) as { createTexture: (this: Context) => unknown };
  const { createTexture } = prototype;
  const contexts: Context[] = [];
  prototype.createTexture = function () {
    contexts.push(this);
    return createTexture.call(this);
  };
  const program = right(await compiled(engine, [[8]], (k, [x]) => (x ? [k.map("square", x)] : [])));
  const inputs = [engine.upload(zeros([8]))];
  right(await program.run(inputs)());
  prototype.createTexture = createTexture;
  contexts.at(-1)?.getExtension("STACKGL_destroy_context").destroy();
  expect(complaint(await program.run(inputs)())).toMatch(/invalid gl context.*resume from the last checkpoint.*gpuMode webasm/is);
});

const gpu = await gpuEngine("webgpu")();
test("a lost WebGPU device is an error with advice", onWorking(gpu), async () => {
  const engine = right(gpu);
  const program = right(await compiled(engine, [[8]], (k, [x]) => (x ? [k.map("square", x)] : [])));
  const inputs = [engine.upload(zeros([8]))];
  right(await program.run(inputs)());
  const { device } = await library.WebGPUContext.acquire();
  device.destroy();
  await device.lost;
  expect(complaint(await program.run(inputs)())).toMatch(/lost.*resume from the last checkpoint/s);
  right(await engine.close());
});

describe("a process of its own", () => {
  const dist = fileURLToPath(new URL("../dist/engines/gpu/index.js", import.meta.url));
  const inProcess = (script: string): Promise<{ readonly code: number; readonly stdout: string }> =>
    new Promise((resolve) => {
      const text = `import * as gpu from ${JSON.stringify(pathToFileURL(dist).href)}; ${script}`;
      execFile(process.execPath, ["--input-type=module", "-e", text], { timeout: 60_000 }, (error, stdout) =>
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout }),
      );
    });
  test.each(["webasm", "cpu"])(
    "ends by itself after %s",
    unless(existsSync(dist) ? "" : "the package is not built (npm run build)"),
    async (backend) => {
      const { code, stdout } = await inProcess(
        `const { right: engine } = await gpu.gpuEngine("${backend}")(); ` +
          "const { right: program } = await engine.compile([[65536]], (k, [x]) => [k.map('square', x)])(); " +
          "await program.run([engine.upload({ shape: [65536], data: new Float32Array(65536) })])(); " +
          "program.close(); await engine.close(); console.log('done');",
      );
      expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" });
    },
  );
});
