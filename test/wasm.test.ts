import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Kernels, type Resident, square } from "../src/engines/index.js";
import { type WasmEngine, type WasmTensor, wasmEngine } from "../src/engines/wasm/index.js";
import type { Fault } from "../src/faults/index.js";
import { generate, scalar, tensor, vector, zeros } from "../src/tensor/index.js";
import { onWasm } from "./browser/pages/training.js";

const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const failure = async <A>(task: TE.TaskEither<Fault, A>): Promise<string> => {
  const result = await task();
  return E.isLeft(result) ? result.left.message : "it succeeded";
};

let engine: WasmEngine;

beforeAll(async () => {
  engine = await must(wasmEngine({ threads: 2 }));
});

afterAll(async () => {
  await must(engine.close);
});

describe("memory", () => {
  test("stays flat over 10,000 steps that carry their state along", async () => {
    const shape = [16, 8];
    const step = (k: Kernels<WasmTensor>, [parameter, first, second]: readonly WasmTensor[]): readonly WasmTensor[] => {
      if (parameter === undefined || first === undefined || second === undefined) return [];
      const one = k.constant(scalar(1));
      const gradient = k.matmul(k.matmul(parameter, parameter, { b: true }), parameter);
      const scalars = { learningRate: k.constant(scalar(1e-4)), correction1: one, correction2: one };
      const after = k.adam(parameter, gradient, first, second, scalars, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 });
      return [after.parameter, after.first, after.second];
    };
    const program = await must(engine.compile([shape, shape, shape], step));
    let carried: readonly Resident[] = [generate(shape, Math.sin), zeros(shape), zeros(shape)].map(engine.upload);
    const advance = async (): Promise<void> => {
      const next = await must(program.run(carried));
      for (const resident of carried) resident.release();
      carried = next;
    };
    for (let warm = 0; warm < 10; warm++) await advance();
    const before = engine.usage();
    for (let index = 0; index < 10_000; index++) await advance();
    expect(engine.usage()).toEqual(before);
    for (const resident of carried) resident.release();
    program.close();
  });

  test("is all given back by release and close", async () => {
    const before = engine.usage().used;
    const program = await must(engine.compile([[4]], (k, inputs) => inputs.map((x) => k.affine(x, 2, 0))));
    const input = engine.upload(vector([1, 2, 3, 4]));
    const outputs = await must(program.run([input]));
    for (const resident of [input, ...outputs]) resident.release();
    program.close();
    expect(engine.usage().used).toBe(before);
  });

  test("grows on demand", async () => {
    const big = generate([1 << 20], (index) => index % 7);
    const resident = engine.upload(big);
    expect(Array.from((await must(resident.read)).data).slice(0, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 0]);
    expect(engine.usage().size).toBeGreaterThan(4 << 20);
    resident.release();
  });

  test("at its limit says which batch size to try, and that size works", async () => {
    const small = await must(wasmEngine({ threads: 1, memoryLimit: 8 << 20 }));
    const compileFor = (batch: number) =>
      small.compile(
        [
          [batch, 32, 32, 8],
          [3, 3, 8, 8],
        ],
        (k, [x, w]) => (x === undefined || w === undefined ? [] : [k.convolve(k.convolve(x, w, square(1, 1)), w, square(1, 1))]),
      );
    const message = await failure(compileFor(256));
    const advised = Number(/try a batch of (\d+) instead of 256/.exec(message)?.[1]);
    expect(advised).toBeGreaterThan(0);
    const program = await must(compileFor(advised));
    program.close();
    await must(small.close);
  });
});

describe("measure", () => {
  const shapes = [[64, 32] as const, [32, 32] as const];
  const program = (k: Kernels<WasmTensor>, [x, w]: readonly WasmTensor[]): readonly WasmTensor[] =>
    x === undefined || w === undefined ? [] : [k.map("square", k.matmul(x, w)), k.transpose(x)];

  test("says what a program, its inputs and its results take, and takes nothing itself", async () => {
    const before = engine.usage();
    const found = engine.measure?.(shapes, program);
    if (found === undefined || E.isLeft(found)) throw new Error("no measure");
    expect(engine.usage()).toEqual(before);
    expect(found.right.available).toBe(before.free);
    const compiled = await must(engine.compile(shapes, program));
    const inputs = shapes.map((shape) => engine.upload(zeros(shape)));
    const results = await must(compiled.run(inputs));
    expect(engine.usage().used - before.used).toBe(found.right.needed);
    expect(engine.usage().free).toBe(before.free - found.right.needed);
    for (const resident of [...inputs, ...results]) resident.release();
    compiled.close();
  });

  test("what it says fits, fits, and a float more does not", async () => {
    const found = engine.measure?.(shapes, program);
    if (found === undefined || E.isLeft(found)) throw new Error("no measure");
    const runs = async (spare: number): Promise<boolean> => {
      const opened = await must(wasmEngine({ threads: 2, memoryLimit: 32 << 20 }));
      const rest = opened.usage().free - found.right.needed - spare;
      const filling = opened.upload(zeros([rest / 4]));
      const inputs = shapes.map((shape) => opened.upload(zeros(shape)));
      const compiled = await opened.compile(shapes, program)();
      const ran = E.isLeft(compiled) ? compiled : await compiled.right.run(inputs)();
      filling.release();
      await must(opened.close);
      return E.isRight(ran);
    };
    expect([await runs(0), await runs(-64)]).toEqual([true, false]);
  });

  test("a program that cannot be traced is the fault of compile", () => {
    const found = engine.measure?.([[2], [3]], (k, [a, b]) => (a === undefined || b === undefined ? [] : [k.zip("add", a, b)]));
    expect(found !== undefined && E.isLeft(found) ? found.left.message : "measured").toMatch(/could not be traced: zip add/);
  });
});

describe("what can go wrong is said in words", () => {
  const double = () => engine.compile([[2]], (k, inputs) => inputs.map((x) => k.affine(x, 2, 0)));

  test("a wrong shape", async () => {
    const program = await must(double());
    expect(await failure(program.run([engine.upload(vector([1, 2, 3]))]))).toMatch(/input 0 of the program is \[2\], got \[3\]/);
    expect(await failure(program.run([]))).toMatch(/takes 1 inputs, got 0/);
  });

  test("a released or foreign resident", async () => {
    const program = await must(double());
    const input = engine.upload(vector([1, 2]));
    input.release();
    expect(await failure(program.run([input]))).toMatch(/released, or belongs to another engine/);
    expect(await failure(input.read)).toMatch(/after its release/);
  });

  test("a closed program or engine", async () => {
    const other = await must(wasmEngine({ threads: 2 }));
    const program = await must(other.compile([[2]], (_, inputs) => inputs));
    const input = other.upload(vector([1, 2]));
    program.close();
    expect(await failure(program.run([input]))).toMatch(/compile it again/);
    await must(other.close);
    expect(await failure(input.read)).toMatch(/closed/);
    expect(await failure(other.compile([], () => []))).toMatch(/closed/);
  });

  test("shapes that do not fit, before any memory is touched", async () => {
    const [a, b] = [
      [2, 3],
      [3, 5],
    ];
    const wrong: readonly (readonly [RegExp, (k: Kernels<WasmTensor>, x: WasmTensor, y: WasmTensor) => WasmTensor])[] = [
      [/reshape: \[2 x 3\] does not fill \[7\]/, (k, x) => k.reshape(x, [7])],
      [/zip add: .* do not broadcast/, (k, x, y) => k.zip("add", x, y)],
      [/reduce sum: .* no axis 2/, (k, x) => k.reduce("sum", x, [2])],
      [/matmul: inner lengths differ, 3 .* and 5/, (k, x, y) => k.matmul(x, y, { b: true })],
      [/pick: /, (k, x, y) => k.pick(x, y)],
      [/scatter: /, (k, x, y) => k.scatter(x, y, 4)],
      [/sample: /, (k, x, y) => k.sample(x, y)],
      [/convolve: the input is \[2 x 3\]/, (k, x, y) => k.convolve(x, y, square(1, 0))],
      [/convolve: the input has 3 channels/, (k, x, y) => k.convolve(k.reshape(x, [1, 1, 2, 3]), k.reshape(y, [1, 1, 5, 3]), square(1, 0))],
      [/maxPool: a window/, (k, x) => k.maxPool(k.reshape(x, [1, 2, 3, 1]), { ...square(1, 0), size: [3, 3] })],
      [/batchNorm: a vector/, (k, x, y) => k.batchNorm(x, y, y, 1e-5).y],
      [/channelAffine: a vector/, (k, x, y) => k.channelAffine(x, y, y)],
      [/reluPull: the gradient/, (k, x, y) => k.reluPull(x, y)],
    ];
    for (const [message, program] of wrong) {
      const fault = await failure(engine.compile([a, b], (k, [x, y]) => (x === undefined || y === undefined ? [] : [program(k, x, y)])));
      expect(fault).toMatch(message);
    }
  });

  test("a missing binary", async () => {
    expect(await failure(wasmEngine({ binary: new URL("./nothing.wasm", import.meta.url) }))).toMatch(/npm run build/);
  });
});

describe("programs", () => {
  test("give inputs, constants and the same value twice as residents of their own", async () => {
    const program = await must(
      engine.compile([[2]], (k, [x]) => {
        if (x === undefined) return [];
        const y = k.affine(x, 3, 1);
        return [x, k.constant(vector([7, 8])), y, y, k.reshape(y, [2, 1])];
      }),
    );
    const input = engine.upload(vector([1, 2]));
    const outputs = await must(program.run([input]));
    const values = await Promise.all(outputs.map((output) => must(output.read)));
    expect(values.map(({ data }) => Array.from(data))).toEqual([
      [1, 2],
      [7, 8],
      [4, 7],
      [4, 7],
      [4, 7],
    ]);
    expect(values[4]?.shape).toEqual([2, 1]);
    for (const resident of [input, ...outputs]) resident.release();
    program.close();
  });

  test("handle empty tensors", async () => {
    const program = await must(
      engine.compile([[0, 3]], (k, [x]) => (x === undefined ? [] : [k.reduce("sum", x, [0]), k.map("square", x)])),
    );
    const empty = tensor([0, 3], []);
    if (E.isLeft(empty)) throw new Error(empty.left.message);
    const outputs = await must(program.run([engine.upload(empty.right)]));
    const [sum, square_] = await Promise.all(outputs.map((output) => must(output.read)));
    expect(Array.from(sum?.data ?? [])).toEqual([0, 0, 0]);
    expect(square_?.shape).toEqual([0, 3]);
  });
});

test("a process that never closes its engine ends by itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasm-exit-"));
  const script = join(folder, "main.mjs");
  const door = pathToFileURL(join(import.meta.dirname, "../dist/engines/wasm/index.js")).href;
  writeFileSync(
    script,
    `const { wasmEngine } = await import(${JSON.stringify(door)});
     const { right: engine } = await wasmEngine({ threads: 4 })();
     const { right: program } = await engine.compile([[100000]], (k, inputs) => inputs.map((x) => k.affine(x, 2, 0)))();
     const { right: [y] } = await program.run([engine.upload({ shape: [100000], data: new Float32Array(100000).fill(1) })])();
     console.log((await y.read()).right.data[99999], engine.info.device);`,
  );
  const started = Date.now();
  const { stdout, status } = spawnSync(process.execPath, [script], { timeout: 20_000, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(stdout.trim()).toBe("2 4 threads");
  expect(status).toBe(0);
  expect(Date.now() - started).toBeLessThan(15_000);
});

describe("training gives the same bits", () => {
  const size = { width: 8, stages: 2, side: 16, steps: 3 };

  test("without shared memory, on the one thread that is left", async () => {
    const alone = await onWasm({ threads: 2, sharedMemory: false }, size);
    expect(alone.device).toBe("1 thread (sharedMemory is off)");
    expect(alone.state).toEqual((await onWasm({ threads: 2 }, size)).state);
  });

  test("from the baseline compiler of V8, which was once wrong about a barrier", async () => {
    const program = `
      import { onWasm } from ${JSON.stringify(new URL("./browser/pages/training.js", import.meta.url).href)};
      process.stdout.write(JSON.stringify((await onWasm({ threads: 2 }, ${JSON.stringify(size)})).state));
    `;
    const flags = ["--liftoff", "--no-wasm-tier-up", "--input-type=module", "-e", program];
    const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8", timeout: 60_000, maxBuffer: 2 ** 24 });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual((await onWasm({ threads: 2 }, size)).state);
  });

  test("on any number of threads with fused multiply-add, and others than without it", async () => {
    const fused = await onWasm({ threads: 2, arithmetic: "fused" }, size);
    expect(fused.backend).toBe("wasm relaxed simd");
    for (const other of [{ threads: 1 }, { sharedMemory: false }])
      expect((await onWasm({ ...other, arithmetic: "fused" }, size)).state).toEqual(fused.state);
    expect((await onWasm({ threads: 2, arithmetic: "plain" }, size)).state).not.toEqual(fused.state);
  });
});
